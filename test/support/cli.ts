/**
 * The command as a user runs it: a project in a temporary folder, `node dist/coworks.cjs …` as a process of its own, and what
 * came out of it. Knows how to set up and to look; what is right is for the tests to say.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Folder } from './folder.js'

export const REPO = process.env.COWORKS_REPO ?? process.cwd()

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The files of examples/quickstart that a user would have written. */
export function quickstart(): Record<string, string> {
  const names = ['Coworksfile.ts', 'package.json', 'src/app.ts', 'config/vars_dev.json', 'config/vars_prod.secret.json']
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(REPO, 'examples/quickstart', name), 'utf8')]))
}

export class CliProject extends Folder {
  constructor(files: Readonly<Record<string, string>> = quickstart()) {
    super(files)
    mkdirSync(this.at('node_modules'), { recursive: true })
    // As `npm install` links a `file:` dependency.
    symlinkSync(REPO, this.at('node_modules/coworks'))
  }

  /** Runs `coworks` in the project's folder, in an environment of its own. */
  run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(REPO, 'dist/coworks.cjs'), ...words], {
        cwd: this.path,
        env: { PATH: process.env.PATH, HOME: this.path, NO_COLOR: '1', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      child.on('error', reject)
      child.on('close', (status) => resolve({ status, stdout, stderr }))
    })
  }

  /** Every path outside of the tool's own state, with what it is: what a build that is refused must leave alone. */
  tree(): Readonly<Record<string, string>> {
    const found: Record<string, string> = {}
    const walk = (dir: string): void => {
      for (const name of readdirSync(this.at(dir)).sort()) {
        const path = dir === '' ? name : `${dir}/${name}`
        if (path === '.coworks') continue
        const stat = lstatSync(this.at(path))
        if (stat.isDirectory()) {
          found[path] = 'folder'
          walk(path)
        } else if (stat.isSymbolicLink()) found[path] = `link to ${readlinkSync(this.at(path))}`
        else if (stat.isFile())
          found[path] = createHash('sha256')
            .update(readFileSync(this.at(path)))
            .digest('hex')
        else found[path] = 'neither file nor folder'
      }
    }
    walk('')
    return found
  }
}

export interface Refusal {
  readonly files: Readonly<Record<string, string>>
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What a file's text cannot say: links, folders, sockets. */
  readonly prepare?: (project: CliProject) => void
  /** All of stderr, each problem without `coworks: *** `. */
  readonly says: readonly string[]
}

/** A build that is refused: status 2, exactly these words, no path of this machine, and nothing written but the tool's own state. */
export async function assertRefused({ files, words = [], env = {}, prepare, says }: Refusal): Promise<void> {
  const project = new CliProject(files)
  prepare?.(project)
  const before = project.tree()
  const { status, stdout, stderr } = await project.run(words, env)
  assert.is(stderr, says.map((line) => `coworks: *** ${line}\n`).join(''))
  assert.is(status, 2)
  assert.not.match(stdout, project.path)
  assert.not.match(stderr, project.path)
  assert.not.match(stderr, REPO)
  assert.equal(project.tree(), before)
}

/** Source of a module that exports one microservice, `test` unless named, with a Config for stage dev. */
export function serviceSource(config = '', name = 'test'): string {
  return `import { Config, TechMicroService } from 'coworks'

class Service extends TechMicroService {
  get() {
    return 'ready'
  }

  auth() {
    return true
  }
}

export const app = new Service({ name: '${name}', configs: [new Config({ workspace: 'dev', version: '1.0'${config} })] })
`
}

/** A project of one microservice without layer or environment file; the Coworksfile may say more. */
export function smallProject(more = '', tuples = "[['app-test', ['dev']]]"): Record<string, string> {
  return {
    'package.json': '{ "name": "small", "private": true, "type": "module" }\n',
    'Coworksfile.ts': `import * as cws from 'coworks/cws'

cws.CwsProject([cws.AllFiles('src')], ${tuples})
${more}`,
    'src/app.ts': serviceSource(),
  }
}
