/** Checks of the machine, whatever the project: programs, credentials, limits of the system. Reads and asks; changes nothing. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runTerraform, TerraformMissing } from '../terraform/index.js'
import { atLeast, type Check, ok, problem, warning } from './check.js'

/** As `engines` of package.json. */
export const NODE_NEEDED = '20.19'
/** As `required_version` of the rendered versions.tf. */
export const TERRAFORM_NEEDED = '1.5'
/** Fewer, and watching a project of some thousand folders fails with ENOSPC. */
const WATCHES_NEEDED = 8192
const INOTIFY = '/proc/sys/fs/inotify/max_user_watches'

export function nodeCheck(version: string): Check {
  if (atLeast(version, NODE_NEEDED)) return ok('node', `Node ${version}`)
  return problem('node', `Node ${version} is too old: coworks needs ${NODE_NEEDED}`, 'install Node 22 or later')
}

export async function esbuildCheck(): Promise<Check> {
  try {
    const { transform, version } = await import('esbuild')
    await transform('let a: number = 1', { loader: 'ts' })
    return ok('esbuild', `esbuild ${version}`)
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n')
    // Its program is a package for each platform: node_modules copied from another machine, or installed without optional ones, has none.
    return problem('esbuild', `esbuild does not run: ${line}`, 'npm ci, on this machine and without --omit=optional')
  }
}

export async function terraformCheck(bin: string, signal: AbortSignal): Promise<Check> {
  const install = 'install Terraform (developer.hashicorp.com/terraform/install) or OpenTofu, or name it: --terraform-bin=tofu'
  try {
    const { exitCode, stdout, stderr } = await runTerraform('.', ['version', '-json'], { terraformBin: bin, signal })
    const version = /"terraform_version":\s*"([^"]+)"/.exec(stdout)?.[1]
    if (exitCode !== 0 || version === undefined)
      return problem('terraform', `${bin} does not say its version: ${stderr.trim().split('\n')[0] ?? ''}`, install)
    if (atLeast(version, TERRAFORM_NEEDED)) return ok('terraform', `${bin} ${version}`)
    return problem('terraform', `${bin} ${version} is too old: the files need ${TERRAFORM_NEEDED}`, install)
  } catch (error) {
    if (!(error instanceof TerraformMissing)) throw error
    return warning('terraform', `${bin} is not here: building works, deploying and tainting do not`, install)
  }
}

export interface AwsEnvironment {
  readonly [name: string]: string | undefined
}

/** Where the tools of AWS would find credentials, in their order; none is read, tried or shown. */
export function awsChecks(env: AwsEnvironment, home: string): Check[] {
  const files = [env.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws/credentials'), env.AWS_CONFIG_FILE || join(home, '.aws/config')]
  const profile = env.AWS_PROFILE || 'default'
  const sections = files.map((file) => sectionOf(file, profile))
  const hint = 'aws configure, or aws sso login, or set AWS_PROFILE'
  const found =
    env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY
      ? 'in the environment'
      : env.AWS_WEB_IDENTITY_TOKEN_FILE
        ? 'as a web identity'
        : env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI
          ? 'from the container'
          : sections.some((section) => /^\s*(aws_access_key_id|sso_\w+|role_arn|credential_process|login_session)\s*=/m.test(section ?? ''))
            ? `in the profile ${profile}`
            : undefined
  const credentials =
    found !== undefined
      ? ok('credentials', `AWS credentials ${found}`)
      : env.AWS_PROFILE && sections.every((section) => section === undefined)
        ? problem('credentials', `AWS_PROFILE names \`${profile}', which no file of AWS's has`, 'aws configure list-profiles')
        : warning('credentials', 'no AWS credentials here (those of a machine in AWS are not looked for)', hint)
  const region =
    env.AWS_REGION || env.AWS_DEFAULT_REGION || sections.map((section) => /^\s*region\s*=\s*(\S+)/m.exec(section ?? '')?.[1]).find(Boolean)
  return [
    credentials,
    region === undefined
      ? warning('region', 'no AWS region is set', 'aws configure set region …, or set AWS_REGION')
      : ok('region', `AWS region ${region}`),
  ]
}

/** Of `[default]` or `[profile NAME]`, up to the next heading. */
function sectionOf(file: string, profile: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    const sections = readFileSync(file, 'utf8').split(/^(?=\s*\[)/m)
    return sections.find((section) => /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(section)?.[1] === profile)
  } catch {
    return undefined // not readable: nobody finds credentials in it
  }
}

/** Only Linux limits how many folders may be watched. */
export function watchCheck(file = INOTIFY): Check | undefined {
  if (!existsSync(file)) return undefined
  const watches = Number(readFileSync(file, 'utf8'))
  if (watches >= WATCHES_NEEDED) return ok('watches', `${watches} folders may be watched`)
  const hint = `sudo sysctl fs.inotify.max_user_watches=${WATCHES_NEEDED * 8}`
  return warning('watches', `only ${watches} folders may be watched: coworks watch and run may fail in a large project`, hint)
}
