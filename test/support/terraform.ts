/** The real terraform and the real provider, where this machine has them. Nothing is downloaded. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface Terraform {
  readonly bin: string
  /** For `terraform init -plugin-dir=`. */
  readonly pluginDir: string
}

/** terraform with a provider on the disk, or why there is none. */
export function findTerraform(): Terraform | { readonly missing: string } {
  const version = spawnSync('terraform', ['version', '-json'], { env: terraformEnv(), encoding: 'utf8' })
  if (version.error !== undefined || version.status !== 0) return { missing: 'terraform is not on the PATH' }
  const pluginDir = findPluginDir('/', 4)
  if (pluginDir === undefined) return { missing: 'no folder registry.terraform.io with the AWS provider is on the disk' }
  return { bin: 'terraform', pluginDir }
}

/** Kernel folders and the large ones in which nobody keeps a provider. */
const skipped = new Set(['proc', 'sys', 'dev', 'run', 'node_modules', '.git'])

function findPluginDir(dir: string, levels: number): string | undefined {
  const names = (() => {
    try {
      return readdirSync(dir, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
    } catch {
      return [] // not ours to read
    }
  })()
  if (names.includes('registry.terraform.io')) {
    try {
      if (readdirSync(join(dir, 'registry.terraform.io/hashicorp/aws')).length > 0) return dir
    } catch {} // another provider's
  }
  if (levels <= 1) return undefined
  for (const name of names.filter((each) => !skipped.has(each))) {
    const found = findPluginDir(join(dir, name), levels - 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** An environment in which terraform asks nobody anything, neither a person nor the network. */
export function terraformEnv(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { TF_CLI_CONFIG_FILE: _, TF_WORKSPACE: __, TF_DATA_DIR: ___, ...env } = process.env
  return { ...env, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1', AWS_EC2_METADATA_DISABLED: 'true', ...more }
}

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs terraform in `dir`. @throws Error with what it said, unless its exit code is one of `ok`. */
export async function terraform(dir: string, args: readonly string[], env: NodeJS.ProcessEnv, { ok = [0], input = '' } = {}): Promise<Ran> {
  const child = spawn('terraform', [...args], { cwd: dir, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  child.stdin.on('error', () => {}) // it may end without reading
  child.stdin.end(input)
  const [status] = (await once(child, 'close')) as [number | null]
  if (status === null || !ok.includes(status)) throw new Error(`terraform ${args.join(' ')}: exit ${status}\n${stdout}\n${stderr}`)
  return { status, stdout, stderr }
}
