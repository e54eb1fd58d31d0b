/** Checks of the project's folder: what is installed, the state folder and its file system, what git keeps of it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { findInstall, resolveClosure } from '../layer/index.js'
import { parseJsonObject, stringsOf } from '../util/json-object.js'
import { CoworksError, problemLine } from '../util/problem.js'
import { shellWord } from '../util/quote.js'
import { isSecretFile, openSecret, openToOthers, trackedSecret } from '../util/secret-file.js'
import { type Check, ok, problem, warning } from './check.js'
import { git } from './git.js'

/** Types of statfs(2) on which locks and times are another machine's: NFS, SMB, CIFS, 9p, FUSE. */
const REMOTE: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  16914839: '9p',
  1702057286: 'FUSE',
}

export function installChecks(root: string, ownVersion: string): Check[] {
  if (!existsSync(join(root, 'package.json'))) return [problem('packages', 'there is no package.json', 'coworks init, or npm init -y')]
  try {
    parseJsonObject(readFileSync(join(root, 'package.json'), 'utf8'), 'package.json')
  } catch (error) {
    if (!(error instanceof CoworksError)) throw error
    return [problem('packages', error.problems.map(problemLine).join('; '))]
  }
  const { command, lockfile } = findInstall(root, new Set())
  const checks: Check[] = []
  try {
    const { packages } = resolveClosure(root)
    checks.push(ok('packages', `what is installed is what package.json and the lockfile say (${packages.length} for the layers)`))
  } catch (error) {
    if (!(error instanceof CoworksError)) throw error
    const [first] = error.problems
    const more = error.problems.length > 1 ? `, and ${error.problems.length - 1} more` : ''
    checks.push(problem('packages', `${[first?.where, first?.what].filter(Boolean).join(' ')}${more}`, first?.hint ?? `run: ${command}`))
  }
  if (lockfile === undefined)
    checks.push(warning('lockfile', 'there is no lockfile: another machine may build other bytes', `${command}, and commit its lockfile`))
  return [...checks, runtimeCheck(root, ownVersion)]
}

/** A microservice ships the project's copy of coworks, while the command may be another. */
function runtimeCheck(root: string, ownVersion: string): Check {
  let version: string
  try {
    const file = createRequire(join(root, 'package.json')).resolve('coworks/package.json')
    version = String(parseJsonObject(readFileSync(file, 'utf8'), 'coworks/package.json').version)
  } catch {
    return problem('coworks', 'coworks is not installed in the project', 'npm install coworks')
  }
  const { devDependencies } = parseJsonObject(readFileSync(join(root, 'package.json'), 'utf8'), 'package.json')
  if (stringsOf(devDependencies).coworks !== undefined)
    return problem('coworks', "coworks is in `devDependencies', where no layer finds its runtime", "move it to `dependencies'")
  if (version === ownVersion) return ok('coworks', `coworks ${version}, in the project and on the command line`)
  return warning('coworks', `the project has coworks ${version}, this command is ${ownVersion}`, 'npx coworks runs the one of the project')
}

/** Can the state be written, and are its times fine enough to tell two edits apart? */
export function stateChecks(root: string): Check[] {
  const state = join(root, '.coworks')
  const there = existsSync(state)
  let probe: string | undefined
  try {
    if (there && !statSync(state).isDirectory()) return [problem('state', '.coworks is no folder', 'move it away')]
    if (!there) mkdirSync(state, { mode: 0o700 })
    probe = mkdtempSync(join(state, 'doctor-'))
    const times = ['a', 'b', 'c', 'd'].map((name) => {
      writeFileSync(join(probe ?? '', name), name)
      return statSync(join(probe ?? '', name), { bigint: true }).mtimeNs
    })
    const remote = REMOTE[Number(statfsSync(state).type)]
    return [
      remote === undefined
        ? ok('state', '.coworks can be written')
        : warning(
            'state',
            `.coworks lies on ${remote}: builds of two machines at once are not told apart`,
            'keep the checkout on a local disk',
          ),
      // All four on a whole second: the file system keeps no finer times.
      times.every((time) => time % 1_000_000_000n === 0n)
        ? warning(
            'clock',
            'the file system keeps times in whole seconds: builds right after an edit hash more files',
            'another file system',
          )
        : ok('clock', 'the file system keeps times finer than a second'),
    ]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return [problem('state', `.coworks cannot be written: ${code ?? String(error)}`, `is ${shellWord(root)} yours, and the disk not full?`)]
  } finally {
    if (probe !== undefined) rmSync(probe, { recursive: true, force: true })
    if (!there && existsSync(state) && readdirSync(state).length === 0) rmSync(state, { recursive: true })
  }
}

/** What git ignores, and what of the secrets it keeps. `environmentFiles`: from the project's folder. */
export function secretChecks(root: string, environmentFiles: readonly string[]): Check[] {
  const found = existsSync(join(root, 'config')) ? readdirSync(join(root, 'config')).map((name) => `config/${name}`) : []
  const secrets = [...new Set([...environmentFiles, ...found])].filter((file) => isSecretFile(file) && existsSync(join(root, file))).sort()
  const checks: Check[] = secrets
    .filter((file) => openToOthers(statSync(join(root, file)).mode, process.platform))
    .map(openSecret)
    .map(({ where, what, hint }) => warning('secrets', `${where} ${what}`, hint))
  if (git(root, ['rev-parse', '--is-inside-work-tree']) === undefined) return [...checks, ok('git', 'no git repository, or no git here')]
  const tracked = new Set((git(root, ['ls-files', '-z', '--', ...secrets, '*.secret.*']) ?? '').split('\0').filter(Boolean))
  for (const file of tracked) {
    const { where, what, hint } = trackedSecret(file)
    checks.push(problem('secrets', `${where} ${what}`, hint))
  }
  const open = secrets.filter((file) => !tracked.has(file) && git(root, ['check-ignore', '-q', '--', file]) === undefined)
  if (open.length > 0) checks.push(problem('secrets', `git does not ignore ${open.join(', ')}`, "echo '*.secret.json' >> .gitignore"))
  if (!checks.some(({ check }) => check === 'secrets') && secrets.length > 0)
    checks.push(
      ok('secrets', `${secrets.length === 1 ? `${secrets[0]} is` : `${secrets.length} secret files are`} nobody else's, and not in git`),
    )
  const ignored = git(root, ['check-ignore', '-q', '--', '.coworks/x']) !== undefined
  checks.push(
    ignored ? ok('git', 'git ignores .coworks') : warning('git', 'git does not ignore .coworks', "echo '.coworks/' >> .gitignore"),
  )
  return checks
}

/** The folder of Terraform's files: was `init` run there, and does it have the provider? */
export function terraformFolderCheck(root: string, dir: string, bin: string): Check | undefined {
  const folder = join(root, dir)
  if (!existsSync(folder) || !readdirSync(folder).some((name) => name.endsWith('.tf'))) return undefined
  const chdir = dir === '.' ? bin : `${bin} -chdir=${shellWord(dir)}`
  const data = process.env.TF_DATA_DIR ? join(folder, process.env.TF_DATA_DIR) : join(folder, '.terraform')
  if (!existsSync(data)) return warning('terraform-init', `${dir} is not initialised`, `run: ${chdir} init`)
  const provider =
    existsSync(join(data, 'providers')) &&
    readdirSync(join(data, 'providers'), { recursive: true }).some((path) => String(path).endsWith('hashicorp/aws'))
  return provider
    ? ok('terraform-init', `${dir} is initialised, with the AWS provider`)
    : warning('terraform-init', `${dir} has no AWS provider installed`, `run: ${chdir} init`)
}

/** An error of the project's, as a check. */
export function projectProblems(error: CoworksError): Check[] {
  return error.problems.map(({ hint, ...rest }) => problem('project', problemLine(rest), hint))
}
