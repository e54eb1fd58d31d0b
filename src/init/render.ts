/**
 * The files of a new project from the templates that come with coworks. Names reach TypeScript as string literals or as what
 * `names.ts` let through; it knows the templates' names and values, and nothing of what is in the folder already.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handlebars } from '../util/handlebars.js'
import type { Names } from './names.js'

export interface NewFile {
  /** From the project's folder. */
  readonly path: string
  readonly text: string
  /** Where it is there already: `refuse` it, or `keep` the user's. */
  readonly existing: 'refuse' | 'keep'
  /** Holds a secret: for its owner only. */
  readonly secret?: boolean
}

export const variablesFile = (stage: string, first: boolean): string => `config/vars_${stage}${first ? '' : '.secret'}.json`

/** `secret()`: a value that nobody can guess, for each stage but the first. */
export function newFiles(names: Names, title: string, secret: () => string): readonly NewFile[] {
  const { module, service, microservice } = names
  const stages = names.stages.map((name, at) => ({ name, first: at === 0, variables: variablesFile(name, at === 0) }))
  const context = {
    module,
    service,
    microservice,
    title,
    stages,
    workspace: stages[0]?.name ?? '',
    greeting: `Microservice ${service} ready.\n`,
  }
  return [
    { path: 'Coworksfile.ts', text: render('Coworksfile.ts.hbs', context), existing: 'refuse' },
    { path: `src/${module}.ts`, text: render('service.ts.hbs', context), existing: 'refuse' },
    { path: `test/${module}.test.ts`, text: render('service.test.ts.hbs', context), existing: 'refuse' },
    ...stages.map(({ first, variables }): NewFile => {
      const text = `${JSON.stringify({ TOKEN: first ? 'token' : secret() })}\n`
      return { path: variables, text, existing: 'keep', secret: !first }
    }),
    { path: 'tsconfig.json', text: template('tsconfig.json'), existing: 'keep' },
    { path: 'README.md', text: render('README.md.hbs', context), existing: 'keep' },
  ]
}

function render(name: string, context: object): string {
  const env = handlebars().create()
  env.registerHelper('string', (value: unknown) => literal(String(value)))
  return env.compile(template(name), { noEscape: true, strict: true })(context)
}

/** A string of TypeScript, in single quotes as the templates have them. */
function literal(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Looked for upwards, as the depth differs: `dist/chunks/x.js`, `.build/test/src/init/x.js`. */
function template(name: string): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    for (const candidate of [join(dir, 'new-project', name), join(dir, 'src/init/templates', name)]) {
      if (existsSync(candidate)) return readFileSync(candidate, 'utf8')
    }
    if (dir === dirname(dir)) throw new Error('the templates of coworks are not beside its code: the installation is incomplete')
  }
}
