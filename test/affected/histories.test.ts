// limit: 3600 s
/**
 * `coworks affected` against brute force on random histories: both revisions are cloned, built without a cache, and their files compared
 * byte by byte. COWORKS_HISTORIES=200 runs as many; COWORKS_SEED=7 begins with another one.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, installed } from '../support/built.js'
import { git, Repository } from '../support/repository.js'
import { Random } from '../support/search.js'

const COUNT = Number(process.env.COWORKS_HISTORIES ?? 6)
const SEED = Number(process.env.COWORKS_SEED ?? 1)

/** The same history for the same seed, on every machine. */
function random(seed: number): (below: number) => number {
  const chance = new Random(seed)
  return (below) => chance.below(below)
}

interface Service {
  name: string
  module: string
  stages: string[]
  layers: string[]
  memory: Record<string, number>
  body: string
  comment: string
  shared: boolean
}

/** What the files are written from; the history changes it step by step. */
interface Model {
  services: Service[]
  files: Record<string, string>
  exec: Set<string>
  shared: string
  sharedLayer: string
  minify: boolean
  template: boolean
  broken: string | undefined
}

function start(): Model {
  const service = (module: string, name: string, stages: string[], layers: string[], shared: boolean): Service => ({
    module,
    name,
    stages,
    layers,
    shared,
    memory: {},
    body: "'ready'",
    comment: '',
  })
  return {
    services: [
      service('app', 'test', ['dev', 'prod'], ['common'], true),
      service('two', 'other', ['dev'], [], true),
      service('six', 'lone', ['prod'], ['common', 'more'], false),
    ],
    files: {
      'config/dev.json': '{"TOKEN":"dev"}',
      'config/prod.json': '{"TOKEN":"prod"}',
      'src/page.html': '<p>page</p>\n',
      'src/two/two.txt': 'two\n',
      'src/two/kept.html': 'kept\n', // a folder that is empty is none to git
      'shared/more.js': 'export default 1\n',
      'notes/a.txt': 'a\n',
      'README.md': 'read me\n',
    },
    exec: new Set(),
    shared: 'Hello',
    sharedLayer: '1',
    minify: false,
    template: false,
    broken: undefined,
  }
}

function filesOf(model: Model): Record<string, string> {
  const tuples = model.services.map(({ module, name, stages }) => {
    const options = module === 'two' ? ", { src: [AllFiles('src/two')] }" : ''
    return `['${module}-${name}', ${JSON.stringify(stages)}${options}]`
  })
  const modules = model.services.map(({ module, name, stages, layers, memory, body, comment, shared }): [string, string] => {
    const configs = stages.map(
      (stage) =>
        `new Config({ workspace: '${stage}', version: '1', environmentVariablesFile: 'config/${stage}.json', layers: ${JSON.stringify(layers)}${memory[stage] === undefined ? '' : `, memorySize: ${memory[stage]}`} })`,
    )
    const text = `// ${comment}
import { Config, TechMicroService } from 'coworks'
${shared ? "import { greet } from './lib/greet.js'" : ''}
class Service extends TechMicroService {
  auth() { return true }
  get() { return ${shared ? `greet(${body})` : body} }
}
export const service = new Service({ name: '${name}', configs: [${configs.join(', ')}] })
${model.broken === module ? 'export const = 1' : ''}
`
    return [`src/${module}.ts`, text]
  })
  return {
    'package.json': JSON.stringify({ name: 'small', version: '1.0.0', type: 'module', dependencies: { coworks: '*', tiny: '1.0.0' } }),
    'Coworksfile.ts': `import { AllFiles, Command, CwsProject, Layer } from 'coworks/cws'
Layer('common.zip')
Layer('more.zip', { modules: [], sourceDirs: ['shared'] })
Command('notes.txt', AllFiles('notes'), 'cat $SOURCES > $TARGET')
CwsProject([AllFiles('src', { exclude: 'two/**' })], [${tuples.join(', ')}], { minify: ${model.minify} })
`,
    'src/lib/greet.ts': `export const greet = (name: string) => \`${model.shared} \${name}.\\n\`\n`,
    'shared/main.js': `export default ${model.sharedLayer}\n`,
    ...(model.template ? { 'templates/_logs.hbs': '' } : {}),
    ...model.files,
    ...Object.fromEntries(modules),
  }
}

type Change = (model: Model, pick: (below: number) => number, serial: string) => void

const one = <T>(items: readonly T[], pick: (below: number) => number): T => items[pick(items.length)] as T
const CHANGES: Readonly<Record<string, Change>> = {
  code: (model, pick, serial) => {
    one(model.services, pick).body = `'body ${serial}'`
  },
  comment: (model, pick, serial) => {
    one(model.services, pick).comment = serial
  },
  shared: (model, _, serial) => {
    model.shared = `Hello ${serial}`
  },
  sharedLayer: (model, _, serial) => {
    model.sharedLayer = `'${serial}'`
  },
  static: (model, pick, serial) => {
    model.files[one(['src/page.html', 'src/two/two.txt', 'shared/more.js'], pick)] = `${serial}\n`
  },
  addStatic: (model, pick, serial) => {
    model.files[`${one(['src', 'src/two'], pick)}/${serial}.txt`] = 'added\n'
  },
  removeStatic: (model, pick) => {
    const path = one(
      Object.keys(model.files).filter((file) => file.endsWith('.txt') && file.startsWith('src/')),
      pick,
    )
    if (path !== undefined) delete model.files[path]
  },
  renameStatic: (model, pick, serial) => {
    const path = one(
      Object.keys(model.files).filter((file) => file.endsWith('.txt') && file.startsWith('src/')),
      pick,
    )
    if (path === undefined) return
    const text = model.files[path] ?? ''
    delete model.files[path]
    model.files[path.replace(/[^/]+$/, `${serial}.txt`)] = text
  },
  exec: (model) => {
    if (!model.exec.delete('src/page.html')) model.exec.add('src/page.html')
  },
  environment: (model, pick, serial) => {
    model.files[`config/${one(['dev', 'prod'], pick)}.json`] = `{"TOKEN":"${serial}"}`
  },
  memory: (model, pick) => {
    const service = one(model.services, pick)
    service.memory[one(service.stages, pick)] = 128 + 64 * pick(4)
  },
  layers: (model, pick) => {
    one(model.services, pick).layers = one([[], ['common'], ['more'], ['common', 'more']], pick)
  },
  addStage: (model, pick) => {
    const service = one(model.services, pick)
    service.stages = [...new Set([...service.stages, one(['dev', 'prod'], pick)])]
  },
  removeStage: (model, pick) => {
    const service = one(model.services, pick)
    if (service.stages.length > 1) service.stages = service.stages.slice(1)
  },
  rename: (model, pick, serial) => {
    one(model.services, pick).name = `name${serial}`
  },
  renameModule: (model, pick, serial) => {
    const service = one(
      model.services.filter(({ module }) => module !== 'two'),
      pick,
    )
    service.module = `mod${serial}`
  },
  removeService: (model, pick) => {
    if (model.services.length > 2) model.services.splice(pick(model.services.length), 1)
  },
  order: (model) => void model.services.reverse(),
  minify: (model) => {
    model.minify = !model.minify
  },
  template: (model) => {
    model.template = !model.template
  },
  command: (model, _, serial) => {
    model.files['notes/a.txt'] = `${serial}\n`
  },
  terraform: (model, _, serial) => {
    model.files['terraform/own.txt'] = `${serial}\n`
  },
  readme: (model, _, serial) => {
    model.files['README.md'] = `${serial}\n`
  },
}

function write(repository: Repository, model: Model): string {
  for (const path of repository.git('ls-files').split('\n').filter(Boolean)) if (path !== '.gitignore') repository.remove(path)
  for (const [path, text] of Object.entries(filesOf(model))) repository.write(path, text, model.exec.has(path) ? 0o755 : 0o644)
  return repository.commit()
}

/** A clean clone of a revision, built without a cache: what each stage consists of, byte by byte; of one that is not built, nothing. */
function bruteForce(repository: Repository, commit: string): { stages: Map<string, string>; notes: string; own: string } {
  const clone = new Built()
  git(clone.path, 'init', '-q')
  git(clone.path, 'fetch', '-q', repository.path, commit)
  git(clone.path, 'checkout', '-q', 'FETCH_HEAD')
  cpSync(repository.at('node_modules/tiny'), clone.at('node_modules/tiny'), { recursive: true })
  const tuples = [...clone.read('Coworksfile.ts').matchAll(/\['([a-z0-9]+-[a-z0-9]+)', (\[[^\]]*\])/g)]
  const stages = new Map<string, string>()
  for (const [, name = '', list = ''] of tuples) {
    for (const stage of JSON.parse(list) as string[]) stages.set(`${name} ${stage}`, '')
  }
  const all = [...new Set(tuples.map(([, name = '']) => name))]
  // One at a time where one cannot be built: it must not keep the others from it.
  if (clone.run(['-s', '--cache-disable', ...all, 'notes.txt']).status !== 0)
    for (const name of [...all, 'notes.txt']) clone.run(['-s', '--cache-disable', name])
  for (const [, name = '', list = ''] of tuples) {
    for (const stage of JSON.parse(list) as string[]) {
      const file = `terraform/${name}.${stage}.tf`
      if (!existsSync(clone.at(file))) continue
      const text = clone.read(file)
      const layers = ['common', 'more'].filter((layer) => text.includes(`aws_lambda_layer_version.${layer}_${stage}`))
      const environment = /\/\.\.\/(config\/[a-z]+\.json)/.exec(text)?.[1] ?? ''
      const paths = [
        file,
        `terraform/${name}.tf`,
        'terraform/versions.tf',
        `terraform/tmp/${name}-${stage}.zip`,
        environment,
        ...layers.flatMap((layer) => [`${layer}.zip`, `terraform/${layer}.${stage}.tf`]),
      ]
      stages.set(`${name} ${stage}`, paths.map((path) => `${path} ${readFileSync(clone.at(path)).toString('base64')}`).join('\n'))
    }
  }
  return { stages, notes: clone.read('notes.txt'), own: existsSync(clone.at('terraform/own.txt')) ? clone.read('terraform/own.txt') : '' }
}

interface Json {
  readonly affected: readonly { readonly microservice: string; readonly stage: string }[]
  readonly unaffected: readonly { readonly microservice: string; readonly stage: string }[]
  readonly removed: readonly { readonly microservice: string; readonly stage: string }[]
  readonly targets: readonly { readonly path: string }[]
  readonly terraform: readonly { readonly path: string }[]
}

const names = (list: Json['affected']) => list.map(({ microservice, stage }) => `${microservice} ${stage}`).sort()

for (let seed = SEED; seed < SEED + COUNT; seed++) {
  test(`history ${seed}`, () => {
    const pick = random(seed)
    const model = start()
    const repository = new Repository(installed('tiny', { 'index.js': "export default 'tiny'\n" }))
    const done: string[] = []
    const steps = (count: number) => {
      for (let step = 0; step < count; step++) {
        const name = one(Object.keys(CHANGES), pick)
        done.push(name)
        CHANGES[name]?.(model, pick, `s${seed}x${done.length}`)
        if (pick(2) === 0) write(repository, model)
      }
    }
    steps(pick(3))
    if (pick(8) === 0) model.broken = one(model.services, pick).module
    const then = write(repository, model)
    done.push(`| ${model.broken === undefined ? '' : `broken ${model.broken}`}`)
    model.broken = undefined
    // Now and then what was changed is changed back.
    const before = pick(6) === 0 ? structuredClone(model) : undefined
    steps(1 + pick(3))
    if (before !== undefined) Object.assign(model, before)
    const now = write(repository, model)

    const [old, fresh] = [bruteForce(repository, then), bruteForce(repository, now)]
    const stages = [...fresh.stages]
    const { status, stdout, stderr } = repository.run(['affected', `--since=${then}`, '--json'])
    const what = `seed ${seed}: ${done.join(' ')}\n${stderr}\n${stdout}`
    assert.is(status, 0, what)
    assert.ok(
      stages.every(([, bytes]) => bytes !== ''),
      what,
    )
    const found = JSON.parse(stdout) as Json
    assert.equal(
      names(found.affected),
      stages
        .filter(([name, bytes]) => old.stages.get(name) !== bytes)
        .map(([name]) => name)
        .sort(),
      what,
    )
    assert.equal(
      names(found.unaffected),
      stages
        .filter(([name, bytes]) => old.stages.get(name) === bytes)
        .map(([name]) => name)
        .sort(),
      what,
    )
    assert.equal(names(found.removed), [...old.stages.keys()].filter((name) => !fresh.stages.has(name)).sort(), what)
    assert.equal(
      found.targets.map(({ path }) => path),
      old.notes === fresh.notes ? [] : ['notes.txt'],
      what,
    )
    assert.equal(
      found.terraform.map(({ path }) => path),
      old.own === fresh.own ? [] : ['terraform/own.txt'],
      what,
    )
    assert.is(repository.git('status', '--porcelain'), '', what)
  })
}

test.run()
