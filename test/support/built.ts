/**
 * Real builds of throw-away projects, for tests that compare bytes: a copy of the package as it was when the test began (so that a
 * rebuild of dist/ meanwhile is no change of anybody's inputs), runs with any Node, umask and environment, and
 * listings of what a build left. Knows no expectations.
 */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Folder } from './folder.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

let copied: string | undefined

/** The package as npm would install it, in a folder of its own. */
export function packageFolder(): string {
  if (copied !== undefined) return copied
  const folder = new Folder()
  cpSync(join(REPO, 'package.json'), folder.at('package.json'))
  cpSync(join(REPO, 'dist'), folder.at('dist'), { recursive: true, filter: (path) => !path.endsWith('/types') })
  symlinkSync(join(REPO, 'node_modules'), folder.at('node_modules'))
  copied = folder.path
  return copied
}

export interface RunOptions {
  /** The Node to run with. */
  readonly node?: string | undefined
  readonly umask?: string | undefined
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node itself, before the command. */
  readonly nodeOptions?: readonly string[]
}

export interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface JsonTarget {
  readonly id: string
  readonly outcome?: string
  readonly state?: string
  readonly until?: readonly string[]
  readonly reasons?: readonly string[]
}

/** Of `--json`, what tests look at. */
export interface JsonBuild {
  readonly ok: boolean
  readonly targets: readonly JsonTarget[]
  readonly taints: readonly { readonly address: string; readonly command: string }[]
  readonly notes: readonly string[]
  readonly failures: readonly { readonly where?: string; readonly what: string }[]
}

export type Kind = 'file' | 'folder' | 'link'

export interface Listed {
  readonly kind: Kind
  readonly exec: boolean
  readonly mtimeMs: number
  readonly ino: number
  readonly bytes: Buffer
}

export class Built extends Folder {
  constructor(files: Readonly<Record<string, string>> = {}, path?: string) {
    super(files, path)
    mkdirSync(this.at('node_modules'), { recursive: true })
    if (!existsSync(this.at('node_modules/coworks'))) symlinkSync(packageFolder(), this.at('node_modules/coworks'))
  }

  /** Program and words of a run: for tests that start, and kill, it themselves. */
  command(words: readonly string[], { node = process.execPath, umask, nodeOptions = [] }: RunOptions = {}): string[] {
    const line = [node, ...nodeOptions, join(packageFolder(), 'dist/coworks.cjs'), ...words]
    return umask === undefined ? line : ['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...line]
  }

  environment({ env = {} }: RunOptions = {}): Record<string, string> {
    return { PATH: process.env.PATH ?? '', HOME: this.path, NO_COLOR: '1', ...env }
  }

  run(words: readonly string[] = [], options: RunOptions = {}): Run {
    const [program = '', ...rest] = this.command(words, options)
    const { status, stdout, stderr } = spawnSync(program, rest, {
      cwd: this.path,
      env: this.environment(options),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    return { status, stdout, stderr }
  }

  /** Runs beside the test. */
  start(words: readonly string[] = [], options: RunOptions = {}): Promise<Run> {
    const [program = '', ...rest] = this.command(words, options)
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, { cwd: this.path, env: this.environment(options), stdio: ['ignore', 'pipe', 'pipe'] })
      const text = { stdout: '', stderr: '' }
      child.stdout.on('data', (chunk: Buffer) => {
        text.stdout += chunk.toString('utf8')
      })
      child.stderr.on('data', (chunk: Buffer) => {
        text.stderr += chunk.toString('utf8')
      })
      child.on('error', reject)
      child.on('close', (status) => resolve({ status, ...text }))
    })
  }

  /** A build that must work. @throws Error with what it said */
  build(words: readonly string[] = [], options: RunOptions = {}): Run {
    const run = this.run(words, options)
    if (run.status !== 0) throw new Error(`coworks ${words.join(' ')}: status ${run.status}\n${run.stdout}${run.stderr}`)
    return run
  }

  json(words: readonly string[] = [], options: RunOptions = {}): JsonBuild {
    const { stdout, stderr } = this.run([...words, '--json'], options)
    try {
      return JSON.parse(stdout) as JsonBuild
    } catch {
      throw new Error(`no JSON: ${stdout}${stderr}`)
    }
  }

  /** id -> outcome, of all that was not fresh. */
  work(words: readonly string[] = [], options: RunOptions = {}): Record<string, string> {
    const { ok, targets, failures } = this.json(words, options)
    if (!ok) throw new Error(JSON.stringify(failures))
    return Object.fromEntries(targets.filter(({ outcome }) => outcome !== 'fresh').map(({ id, outcome }) => [id, outcome ?? '']))
  }

  /** Everything below, but for the folders named; links are not followed. */
  list(skip: readonly string[] = ['node_modules']): Map<string, Listed> {
    const found = new Map<string, Listed>()
    const walk = (dir: string): void => {
      for (const name of readdirSync(this.at(dir)).sort()) {
        const path = dir === '' ? name : `${dir}/${name}`
        if (skip.includes(path)) continue
        const stat = lstatSync(this.at(path))
        const kind = stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'file'
        const bytes = kind === 'file' ? readFileSync(this.at(path)) : Buffer.alloc(0)
        found.set(path, { kind, exec: kind === 'file' && (stat.mode & 0o111) !== 0, mtimeMs: stat.mtimeMs, ino: stat.ino, bytes })
        if (kind === 'folder') walk(path)
      }
    }
    walk('')
    return found
  }

  /** path -> bytes of what was built, as text that can be compared: zips and Terraform's files. */
  outputs(): Record<string, string> {
    return Object.fromEntries(
      [...this.list(['node_modules', '.coworks', 'src', 'config'])]
        .filter(([path, { kind }]) => kind === 'file' && /\.(zip|tf|txt)$/.test(path))
        .map(([path, { bytes, exec }]) => [path, `${exec ? 'x' : 'f'} ${bytes.toString('base64')}`]),
    )
  }
}

/** The names of which two records of outputs differ: what to show instead of megabytes. */
export function differences(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((path) => a[path] !== b[path]).sort()
}

/** A package as npm would have installed it, for projects that need no registry. */
export function installed(name: string, files: Readonly<Record<string, string>>, dependencies: Readonly<Record<string, string>> = {}) {
  const manifest = { name, version: '1.0.0', type: 'module', main: 'index.js', dependencies }
  return Object.fromEntries([
    [`node_modules/${name}/package.json`, JSON.stringify(manifest)],
    ...Object.entries(files).map(([path, text]) => [`node_modules/${name}/${path}`, text]),
  ]) as Record<string, string>
}

/** A microservice module of a few lines; `body` is what its class holds. */
export function moduleText(service: string, stages: readonly string[], body: string, head = ''): string {
  const configs = stages.map(
    (stage) => `new Config({ workspace: '${stage}', version: '1', environmentVariablesFile: 'config/${stage}.json', layers: ['layer'] })`,
  )
  return `import { Config, TechMicroService } from 'coworks'
${head}
class Service extends TechMicroService {
  auth() { return true }
${body}
}
export const service = new Service({ name: '${service}', configs: [${configs.join(', ')}] })
`
}

/** Two microservices that share a module, a layer, static files and a Command: small, and with one of everything. */
export function smallProject(): Record<string, string> {
  return {
    'Coworksfile.ts': `import { AllFiles, Command, CwsProject, Layer } from 'coworks/cws'
Layer('layer.zip')
Command('notes.txt', AllFiles('notes'), 'cat $SOURCES > $TARGET')
CwsProject([AllFiles('src', { exclude: 'two/**' })], [
  ['app-test', ['dev', 'prod']],
  ['two-other', ['dev'], { src: [AllFiles('src/two')] }],
])
`,
    'package.json': JSON.stringify({ name: 'small', version: '1.0.0', type: 'module', dependencies: { coworks: '*', tiny: '1.0.0' } }),
    'config/dev.json': '{"TOKEN":"dev"}',
    'config/prod.json': '{"TOKEN":"prod"}',
    'notes/a.txt': 'a\n',
    'notes/b.txt': 'b\n',
    'src/app.ts': moduleText(
      'test',
      ['dev', 'prod'],
      "  get() { return greet('app') }\n  get_tiny() { return tiny }",
      "import tiny from 'tiny'\nimport { greet } from './lib/greet.js'",
    ),
    'src/two.ts': moduleText('other', ['dev'], "  get() { return greet('two') }", "import { greet } from './lib/greet.js'"),
    'src/lib/greet.ts': 'export const greet = (name: string) => `Hello ${name}.\\n`\n',
    'src/page.html': '<p>page</p>\n',
    'src/data/rows.csv': 'a,b\n1,2\n',
    'src/two/two.txt': 'two\n',
    ...installed('tiny', { 'index.js': "export default 'tiny'\n" }),
  }
}

/** Terraform's state after an apply of `dev` as it is built now. */
export function deployedState(project: Built): string {
  const hash = /source_code_hash\s*=\s*"([^"]+)"/.exec(project.read('terraform/app-test.dev.tf'))?.[1]
  if (hash === undefined) throw new Error('no source_code_hash in the file of the stage')
  const resource = (type: string, name: string, attributes: object) => ({
    mode: 'managed',
    type,
    name,
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: [{ schema_version: 0, attributes }],
  })
  return JSON.stringify({
    version: 4,
    terraform_version: '1.9.0',
    serial: 1,
    lineage: 'small',
    outputs: {},
    resources: [
      resource('aws_lambda_function', 'app-test_dev', { id: 'app-test-dev', function_name: 'app-test-dev', source_code_hash: hash }),
      resource('aws_lambda_layer_version', 'layer_dev', { id: 'layer', source_code_hash: 'an older one' }),
    ],
  })
}
