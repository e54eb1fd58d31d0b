// What the files of a generated project say. Every file that is edited later holds a revision of fixed width, so that an edit changes the
// content and not the size, which is the harder case. Pure.
import { slice } from './pool.mjs'
import { randomFrom, sizeFrom } from './random.mjs'
import { filesOf, serviceOf } from './shape.mjs'

export const REVISION = 'revision 0000'

/** How `text` reads after its edit number `revision`; as it was generated for 0. */
export const revised = (text, revision) => text.replace(/revision \d{4}/, `revision ${String(revision).padStart(4, '0')}`)

/** The files of a whole project, one after the other: [path, text]. None is held. */
export function* projectFiles(shape, modules) {
  for (const [index, module] of modules.entries()) {
    const random = randomFrom(shape.seed + 1 + index)
    const paths = filesOf(shape, module)
    for (const path of paths) {
      const text = slice(random, sizeFrom(random, shape.meanBytes))
      if (path === `${module}.ts`) yield [`src/${path}`, moduleSource(shape, module, paths)]
      else yield [`src/${path}`, path.endsWith('.ts') ? source(path, text) : `${path} ${REVISION}\n${text}\n`]
    }
  }
}

const exported = (path) => `table_${path.slice(path.lastIndexOf('/') + 1, -3)}`

/** A source whose text survives the bundle: a table that a function looks things up in. */
function source(path, text) {
  const rows = text.split('\n').map((line) => `  ${JSON.stringify(line.trim())},`)
  return `/** ${path}: generated. */
export interface Row {
  readonly index: number
  readonly text: string
}

const lines: readonly string[] = [
  ${JSON.stringify(REVISION)},
${rows.join('\n')}
]

export function ${exported(path)}(word: string): Row[] {
  return lines.flatMap((text, index): Row[] => (text.includes(word) ? [{ index, text }] : []))
}
`
}

/** The microservice: a route for all tables, an authorizer, a config for each stage. */
function moduleSource({ stages }, module, paths) {
  const sources = paths.filter((path) => path.endsWith('.ts') && path !== `${module}.ts`)
  const imports = sources.map((path) => `import { ${exported(path)} } from './${path.slice(0, -3)}.js'`)
  const configs = stages.map((stage) => `new Config({ workspace: '${stage}', version: '1.0', layers: ['layer'] })`)
  return `import { type AuthRequest, Config, TechMicroService } from 'coworks'
${imports.join('\n')}

class Generated extends TechMicroService {
  get() {
    return '${module} ${REVISION}'
  }

  get_rows(word: string) {
    return { rows: [${sources.map((path) => `${exported(path)}(word)`).join(', ')}] }
  }

  auth(request: AuthRequest) {
    return request.token === 'token'
  }
}

export const app = new Generated({
  name: '${serviceOf(module).slice(module.length + 1)}',
  configs: [
    ${configs.join(',\n    ')},
  ],
})
`
}
