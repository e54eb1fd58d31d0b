// Gets the programs that a comparison needs from Debian, where that may be done, and says what is missing where it may not.
import { spawnSync } from 'node:child_process'

const PACKAGE_OF = { ninja: 'ninja-build', scons: 'scons', zip: 'zip', git: 'git', time: 'time' }

const there = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

export function installPrograms(programs, say) {
  const missing = programs.filter((program) => !there(program))
  if (missing.length === 0 || process.getuid?.() !== 0 || !there('apt-get')) return
  const packages = missing.map((program) => PACKAGE_OF[program] ?? program)
  say(`from Debian: ${packages.join(' ')}`)
  const apt = (...words) =>
    spawnSync('apt-get', words, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
  if (!apt('install', '-y', '--no-install-recommends', ...packages) && apt('update'))
    apt('install', '-y', '--no-install-recommends', ...packages)
}

/** Why a tool cannot take part, or nothing. */
export function lacks({ needs }) {
  const program = needs.find((one) => !there(one))
  return program === undefined ? undefined : `\`${program}' is not on this machine`
}
