/**
 * Running terraform, or tofu. Arguments are handed over one by one, so that no name of a user's is read by a shell; what
 * it prints is either passed on as it comes or kept and given back, never both. What the output means is the caller's business.
 */
import { isAbsolute, join } from 'node:path'
import { CoworksError } from '../util/problem.js'

export interface RunOptions {
  /** `terraform`, `tofu`, or a path. */
  readonly terraformBin?: string | undefined
  /** Added to the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly signal?: AbortSignal | undefined
  /** The person sees what terraform prints, and answers what it asks. */
  readonly interactive?: boolean | undefined
}

export interface RunResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** The program is not there: said once by whoever asks, and different from a program that failed. */
export class TerraformMissing extends CoworksError {}

/** @throws TerraformMissing. A failure is a result with its exit code, never an exception. */
export async function runTerraform(dir: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const bin = options.terraformBin ?? 'terraform'
  const { $ } = await import('zx/core') // late: a build that runs no terraform must not load it
  const output = await $({
    cwd: dir,
    // A relative program is the caller's, not one of the terraform folder.
    env: { ...process.env, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1', ...options.env },
    quiet: true,
    nothrow: true,
    verbose: false,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    // Ctrl-C reaches terraform by itself, which then ends in order; killed, it would leave the state locked.
    killSignal: 'SIGINT',
    stdio: options.interactive === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })`${bin.includes('/') && !isAbsolute(bin) ? join(process.cwd(), bin) : bin} ${[...args]}`
  options.signal?.throwIfAborted()
  // What bash answers for a program that is not there, or may not be run.
  if (output.exitCode === 127 || output.exitCode === 126) {
    throw new TerraformMissing({
      where: bin,
      what: output.exitCode === 127 ? 'not found' : 'cannot be run',
      hint: 'install Terraform or OpenTofu, or name it with --terraform-bin',
    })
  }
  return { exitCode: output.exitCode ?? 1, stdout: output.stdout, stderr: output.stderr }
}

async function succeed(dir: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const result = await runTerraform(dir, args, options)
  if (result.exitCode === 0) return result
  throw new CoworksError({
    where: `${options.terraformBin ?? 'terraform'} ${args[0] ?? ''}`,
    what: `failed with exit code ${result.exitCode}`,
    detail: result.stderr.trim() || undefined,
  })
}

/** @throws CoworksError with the end of what terraform said, as all below. */
export async function terraformInit(dir: string, options: RunOptions & { readonly args?: readonly string[] } = {}): Promise<void> {
  await succeed(dir, ['init', '-input=false', ...(options.args ?? [])], options)
}

export interface PlanRequest {
  /** Where the plan is written, relative to the folder. */
  readonly out: string
  readonly replace?: readonly string[]
  readonly destroy?: boolean
  readonly targets?: readonly string[]
}

/** Whether there is anything to do. */
export async function terraformPlan(dir: string, request: PlanRequest, options: RunOptions = {}): Promise<{ readonly changes: boolean }> {
  const args = [
    'plan',
    '-input=false',
    '-detailed-exitcode',
    `-out=${request.out}`,
    ...(request.destroy === true ? ['-destroy'] : []),
    ...(request.replace ?? []).map((address) => `-replace=${address}`),
    ...(request.targets ?? []).map((address) => `-target=${address}`),
  ]
  const result = await runTerraform(dir, args, options)
  if (result.exitCode === 2) return { changes: true }
  if (result.exitCode === 0) return { changes: false }
  throw new CoworksError({
    where: `${options.terraformBin ?? 'terraform'} plan`,
    what: `failed with exit code ${result.exitCode}`,
    detail: result.stderr.trim() || undefined,
  })
}

/** One resource of a plan, without its values. */
export interface PlannedChange {
  readonly address: string
  /** `no-op`, `create`, `read`, `update`, `delete`; a replacement is two of them. */
  readonly actions: readonly string[]
}

/** What a plan would do. The values stay out: a plan holds environment variables in clear. */
export async function terraformShowPlan(dir: string, planFile: string, options: RunOptions = {}): Promise<readonly PlannedChange[]> {
  const { stdout } = await succeed(dir, ['show', '-json', planFile], options)
  const plan = JSON.parse(stdout) as { resource_changes?: { address: string; change: { actions: string[] } }[] }
  return (plan.resource_changes ?? []).map(({ address, change }) => ({ address, actions: change.actions }))
}

export async function terraformApply(dir: string, planFile: string, options: RunOptions = {}): Promise<void> {
  await succeed(dir, ['apply', '-input=false', '-auto-approve', planFile], options)
}

/** Marks one resource in the state; one that is not there is no failure. */
export async function terraformTaint(dir: string, address: string, options: RunOptions = {}): Promise<void> {
  await succeed(dir, ['taint', '-allow-missing', address], options)
}
