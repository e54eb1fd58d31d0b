/**
 * Running terraform, or tofu. Arguments are handed over one by one, so that no name of a user's is read by a shell; what
 * it prints is either passed on as it comes or kept and given back, never both. What the output means is the caller's business.
 *
 * An interrupt reaches terraform once, and is waited for: terraform then ends what it has begun, and gives its lock of the state back.
 * Killed, it would leave the lock; interrupted twice, it drops what it is doing.
 */
import { isAbsolute, join } from 'node:path'
import { CoworksError } from '../util/problem.js'
import { type Plan, readPlan } from './read-plan.js'

export interface RunOptions {
  /** `terraform`, `tofu`, or a path. */
  readonly terraformBin?: string | undefined
  /** Added to the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly signal?: AbortSignal | undefined
  /** What terraform prints is passed on as it comes. */
  readonly shown?: boolean | undefined
  /** Not even on a terminal: `NO_COLOR`, which terraform does not know. */
  readonly noColor?: boolean | undefined
  /** Told of every interrupt after the first, which terraform is spared. */
  readonly onImpatience?: (() => void) | undefined
}

export interface RunResult {
  readonly exitCode: number
  /** What ended it, where that was a signal. */
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The program is not there: said once by whoever asks, and different from a program that failed. */
export class TerraformMissing extends CoworksError {}

/** @throws TerraformMissing. A failure is a result with its exit code, never an exception. */
export async function runTerraform(dir: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const bin = options.terraformBin ?? 'terraform'
  const { signal } = options
  signal?.throwIfAborted()
  const { $ } = await import('zx/core') // late: a build that runs no terraform must not load it
  const running = $({
    cwd: dir,
    // A relative program is the caller's, not one of the terraform folder.
    env: { ...process.env, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1', ...options.env },
    quiet: true,
    nothrow: true,
    verbose: false,
    // In a group of its own, which Ctrl-C on a terminal does not reach.
    detached: true,
    stdio: options.shown === true ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  })`exec ${bin.includes('/') && !isAbsolute(bin) ? join(process.cwd(), bin) : bin} ${[...args]}`
  const impatient = (): void => options.onImpatience?.()
  const interrupt = (): void => {
    process.on('SIGINT', impatient)
    try {
      if (running.pid !== undefined) process.kill(running.pid, 'SIGINT')
    } catch {} // it ended at this very moment
  }
  signal?.addEventListener('abort', interrupt, { once: true })
  const output = await running
  signal?.removeEventListener('abort', interrupt)
  process.removeListener('SIGINT', impatient)
  signal?.throwIfAborted()
  // What bash answers for a program that is not there, or may not be run.
  if (output.exitCode === 127 || output.exitCode === 126) {
    throw new TerraformMissing({
      where: bin,
      what: output.exitCode === 127 ? 'not found' : 'cannot be run',
      hint: 'install Terraform or OpenTofu, or name it with --terraform-bin',
    })
  }
  return { exitCode: output.exitCode ?? 1, signal: output.signal, stdout: output.stdout, stderr: output.stderr }
}

async function succeed(dir: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const result = await runTerraform(dir, args, options)
  if (result.exitCode === 0) return result
  throw failed(args[0] ?? '', result, options)
}

function failed(command: string, { exitCode, signal, stderr }: RunResult, options: RunOptions): CoworksError {
  return new CoworksError({
    where: `${options.terraformBin ?? 'terraform'} ${command}`,
    what: signal === null ? `failed with exit code ${exitCode}` : `was ended by ${signal}`,
    detail: stderr.trim() || undefined,
  })
}

/** @throws CoworksError where it is none: a wrapper that prints, a program that is no terraform */
function parsed<T>(command: string, options: RunOptions, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    const where = `${options.terraformBin ?? 'terraform'} ${command}`
    throw new CoworksError({ where, what: 'printed something else than JSON', hint: 'is it a wrapper that prints, too?' }, { cause: error })
  }
}

/** @throws CoworksError with what terraform said, as all below. */
export async function terraformInit(dir: string, options: RunOptions & { readonly args?: readonly string[] } = {}): Promise<void> {
  await succeed(dir, ['init', '-input=false', ...(options.args ?? [])], options)
}

export interface PlanRequest {
  /** Where the plan is written. */
  readonly out: string
  readonly replace?: readonly string[]
  /** Of all that is in the state. */
  readonly destroy?: boolean
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
  ]
  const result = await runTerraform(dir, args, options)
  if (result.exitCode === 2) return { changes: true }
  if (result.exitCode === 0) return { changes: false }
  throw failed('plan', result, options)
}

/** What a plan that was written would do. */
export async function terraformShowPlan(dir: string, planFile: string, options: RunOptions = {}): Promise<Plan> {
  const { stdout } = await succeed(dir, ['show', '-json', planFile], options)
  return parsed('show', options, () => readPlan(stdout))
}

export async function terraformApply(dir: string, planFile: string, options: RunOptions = {}): Promise<void> {
  await succeed(dir, ['apply', '-input=false', '-auto-approve', ...(options.noColor === true ? ['-no-color'] : []), planFile], options)
}

/** The outputs of the folder that are texts and no secrets, by name. */
export async function terraformOutputs(dir: string, options: RunOptions = {}): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await succeed(dir, ['output', '-json'], options)
  return parsed('output', options, () => {
    const outputs = JSON.parse(stdout) as { readonly [name: string]: { readonly sensitive?: boolean; readonly value?: unknown } }
    return new Map(
      Object.entries(outputs).flatMap(([name, { sensitive, value }]) =>
        sensitive !== true && typeof value === 'string' ? [[name, value]] : [],
      ),
    )
  })
}

/** Marks one resource in the state; one that is not there is no failure. */
export async function terraformTaint(dir: string, address: string, options: RunOptions = {}): Promise<void> {
  await succeed(dir, ['taint', '-allow-missing', address], options)
}
