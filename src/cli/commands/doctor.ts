/** `coworks doctor`: looks at the machine and the project, and says of each thing whether it is well, or the command that mends it. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  awsChecks,
  type Check,
  type DescribedStages,
  esbuildCheck,
  installChecks,
  nodeCheck,
  projectProblems,
  secretChecks,
  stageChecks,
  stateChecks,
  terraformCheck,
  terraformFolderCheck,
  watchCheck,
} from '../../doctor/index.js'
import { COWORKSFILES } from '../../project/coworksfile-record.js'
import { ownVersion } from '../../project/own-files.js'
import { CoworksError, problemLine, problemsOf } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Request } from '../args.js'
import type { ExitStatus } from '../main.js'
import { openProject } from '../open-project.js'

export async function doctor(request: Request, signal: AbortSignal): Promise<ExitStatus> {
  const { options } = request
  const bin = options.terraformBin ?? 'terraform'
  const checks: Check[] = [
    nodeCheck(process.versions.node),
    await esbuildCheck(),
    await terraformCheck(bin, signal),
    ...awsChecks(process.env, homedir()),
    ...(options.online ? [await online(signal)] : []),
    ...[watchCheck()].filter((check) => check !== undefined),
    ...(await projectChecks(request, bin, signal)),
  ]
  const count = (status: Check['status']): number => checks.filter((one) => one.status === status).length
  const problems = count('problem')
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: problems === 0, checks }, null, 2)}\n`)
  else {
    process.stdout.write(checks.map(line).join(''))
    const many = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`
    process.stdout.write(`coworks: ${many(checks.length, 'check')}, ${many(count('warning'), 'warning')}, ${many(problems, 'problem')}\n`)
  }
  return problems === 0 ? 0 : 1
}

async function online(signal: AbortSignal): Promise<Check> {
  const { onlineCheck } = await import('../../doctor/online.js')
  return onlineCheck(process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION, signal)
}

function line({ status, what, hint }: Check): string {
  return `${status.padEnd(7)}  ${printable(hint === undefined ? what : `${what} · ${hint}`)}\n`
}

async function projectChecks(request: Request, bin: string, signal: AbortSignal): Promise<Check[]> {
  const { options } = request
  const start = resolve(...(options.directory ?? []))
  const here = options.file !== undefined || options.up || options.upAll || COWORKSFILES.some((name) => existsSync(join(start, name)))
  if (!here)
    return [
      { check: 'project', status: 'warning', what: 'no Coworksfile here: the project was not looked at', hint: 'coworks init, or -C DIR' },
    ]
  let root = start
  const described: DescribedStages[] = []
  const folders: string[] = []
  const broken: Check[] = []
  try {
    const { project } = await openProject(request, signal, () => {})
    root = project.options.root
    try {
      folders.push(...new Set(project.microservices.map((ms) => ms.project.terraformDir)))
      for (const { microservice, description } of await project.describe(new Set(project.microservices)))
        described.push({ microservice: microservice.name, stages: microservice.stages, description })
    } finally {
      await project.close()
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof CoworksError)) throw error
    broken.push(...projectProblems(error))
  }
  const files = described.flatMap(({ description }) => description.configs.flatMap((config) => config.environmentVariablesFile ?? []))
  const sound: Check = { check: 'project', status: 'ok', what: `every microservice can be loaded (${described.length})` }
  return [
    ...guarded('packages', () => installChecks(root, ownVersion())),
    ...(broken.length > 0 ? broken : [sound]),
    ...stageChecks(root, described),
    ...guarded('terraform-init', () => folders.map((dir) => terraformFolderCheck(root, dir, bin)).filter((check) => check !== undefined)),
    ...guarded('state', () => stateChecks(root)),
    ...guarded('secrets', () => secretChecks(root, files)),
  ]
}

/** A folder that cannot be read, or a file where a folder should be, is one more thing to say, and no end of the others. */
function guarded(check: string, run: () => readonly Check[]): readonly Check[] {
  try {
    return run()
  } catch (error) {
    return [{ check, status: 'problem', what: `${check} cannot be checked: ${problemsOf(error).map(problemLine).join('; ')}` }]
  }
}
