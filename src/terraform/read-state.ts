/**
 * Reads the state as Terraform would, without starting a provider: a local one from its file, any other through
 * `terraform state pull`. Three answers: there is a state, there is none, or it cannot be known, and why. "Cannot be known"
 * is never mistaken for "none": that would call everything undeployed and taint nothing.
 * Source: Terraform's documentation, "Backend type: local" and "Environment variables" (TF_DATA_DIR, TF_WORKSPACE).
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CoworksError, problemLine } from '../util/problem.js'
import { type RunOptions, runTerraform, TerraformMissing } from './run.js'
import { type DeployedState, parseState } from './state.js'

export type StateReading =
  | { readonly kind: 'state'; readonly state: DeployedState }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string }

/** The same, as the text that was read. */
export type StateTextReading = { readonly kind: 'text'; readonly text: string } | Exclude<StateReading, { readonly kind: 'state' }>

export interface StateDisk {
  /** The content of a file, by its absolute path; nothing where there is none. @throws CoworksError when it cannot be read */
  text(file: string): Promise<string | undefined>
  /** The names in a folder, none where it is missing. */
  names(folder: string): Promise<readonly string[]>
  /** A variable of the environment. */
  variable(name: string): string | undefined
}

export interface ReadStateOptions extends RunOptions {
  /** False where terraform must not be started: only a local state is then known. */
  readonly mayRun?: boolean
  /** How files are looked at: by the build's own eyes, where one is going on. */
  readonly disk?: StateDisk
  /** Files of the folder, by name, that are known to declare no backend: they are not read. */
  readonly withoutBackend?: (name: string) => boolean
}

interface Backend {
  readonly type: string
  readonly config: { readonly path?: string | null; readonly workspace_dir?: string | null }
}

export async function readDeployedState(terraformDir: string, options: ReadStateOptions = {}): Promise<StateReading> {
  try {
    const reading = await readStateText(terraformDir, options)
    return reading.kind === 'text' ? { kind: 'state', state: parseState(reading.text) } : reading
  } catch (error) {
    if (!(error instanceof CoworksError)) throw error
    return { kind: 'unknown', why: error.problems.map(problemLine).join('; ') }
  }
}

/** It holds secrets in clear: take what is needed of it, and let go of the rest. */
export async function readStateText(terraformDir: string, options: ReadStateOptions = {}): Promise<StateTextReading> {
  const disk = options.disk ?? diskOf(process.env)
  const variable = (name: string) => options.env?.[name] ?? disk.variable(name)
  const dataDir = resolve(terraformDir, variable('TF_DATA_DIR') || '.terraform')
  try {
    const backend = await configuredBackend(disk, terraformDir, dataDir, options.withoutBackend)
    if (backend === 'not initialised') {
      return { kind: 'unknown', why: `the backend of ${terraformDir} is not initialised: run \`${binOf(options)} init\` there` }
    }
    if (backend.type === 'local') {
      const workspace = variable('TF_WORKSPACE') || (await disk.text(join(dataDir, 'environment')))?.trim() || 'default'
      const text = await disk.text(localStateFile(terraformDir, backend, workspace))
      if (text === undefined || text.trim() === '') return { kind: 'none' }
      // OpenTofu can encrypt the file; then only the program can read it.
      if (!text.includes('"encrypted_data"')) return { kind: 'text', text }
    }
    if (options.mayRun === false)
      return { kind: 'unknown', why: `the state is kept in ${backend.type}, which only ${binOf(options)} can read` }
    return await pulledState(terraformDir, options)
  } catch (error) {
    if (!(error instanceof CoworksError)) throw error
    return { kind: 'unknown', why: error.problems.map(problemLine).join('; ') }
  }
}

async function pulledState(terraformDir: string, options: ReadStateOptions): Promise<StateTextReading> {
  try {
    const { exitCode, stdout, stderr } = await runTerraform(terraformDir, ['state', 'pull'], options)
    if (exitCode !== 0) return { kind: 'unknown', why: `\`${binOf(options)} state pull' failed: ${firstError(stderr)}` }
    return stdout.trim() === '' ? { kind: 'none' } : { kind: 'text', text: stdout }
  } catch (error) {
    if (error instanceof TerraformMissing) return { kind: 'unknown', why: error.message }
    throw error
  }
}

/** What is printed names the program that is used. */
function binOf({ terraformBin = 'terraform' }: RunOptions): string {
  return terraformBin
}

/** Terraform draws a frame around its errors. */
function firstError(stderr: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken out
  const plain = stderr.replace(/\u001b\[[0-9;]*m/g, '').replace(/^[\u2502\u2577\u2575 ]+/gm, '')
  return /^Error: (.+)$/m.exec(plain)?.[1] ?? plain.trim().split('\n').at(-1) ?? 'without a word'
}

/** What `terraform init` has written down, else the default; a backend that is declared but not initialised is neither. */
async function configuredBackend(
  disk: StateDisk,
  terraformDir: string,
  dataDir: string,
  without: (name: string) => boolean = () => false,
): Promise<Backend | 'not initialised'> {
  const text = await disk.text(join(dataDir, 'terraform.tfstate'))
  if (text !== undefined) {
    try {
      const { backend } = JSON.parse(text) as { backend?: Partial<Backend> }
      if (backend?.type !== undefined) return { type: backend.type, config: backend.config ?? {} }
    } catch (error) {
      throw new CoworksError(
        { where: join(dataDir, 'terraform.tfstate'), what: 'cannot be read', hint: 'initialise the folder again' },
        { cause: error },
      )
    }
  }
  return (await declaresBackend(disk, terraformDir, without)) ? 'not initialised' : { type: 'local', config: {} }
}

async function declaresBackend(disk: StateDisk, terraformDir: string, without: (name: string) => boolean): Promise<boolean> {
  const names = await disk.names(terraformDir)
  for (const name of names.filter((each) => /\.(tf|tofu)(\.json)?$/.test(each) && !without(each))) {
    const text = (await disk.text(join(terraformDir, name))) ?? ''
    const code = text.replace(/^\s*(#|\/\/).*$/gm, '')
    if (/\b(backend\s+"(?!local")|cloud\s*\{)|"(backend|cloud)"\s*:/.test(code)) return true
  }
  return false
}

function localStateFile(terraformDir: string, { config }: Backend, workspace: string): string {
  if (workspace !== 'default') return resolve(terraformDir, config.workspace_dir || 'terraform.tfstate.d', workspace, 'terraform.tfstate')
  return resolve(terraformDir, config.path || 'terraform.tfstate')
}

function diskOf(env: NodeJS.ProcessEnv): StateDisk {
  return {
    text: textOf,
    names: (folder) =>
      readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw error
      }),
    variable: (name) => env[name],
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new CoworksError({ where: file, what: `cannot be read: ${code ?? String(error)}` }, { cause: error })
  }
}
