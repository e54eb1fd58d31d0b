// Runs one command as a user would, and says how long it took. The environment is made anew, so that nothing of the caller's (least of all
// NODE_EXTRA_CA_CERTS, which Node 20 parses at every start) is measured with it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

const LIMIT_MS = 300_000

/** HOME is a folder of the benchmark's own: the tools leave their settings and telemetry answers there. */
export function environment(home, more = {}) {
  mkdirSync(home, { recursive: true })
  return {
    PATH: [dirname(process.execPath), ...(process.env.PATH ?? '').split(':')].join(':'),
    HOME: home,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    DO_NOT_TRACK: '1',
    ...more,
  }
}

export class Failed extends Error {}

/** @throws Failed when it ends with anything but 0, or not in time. */
export function timed({ words, cwd, env }, prefix = []) {
  const [file, ...rest] = [...prefix, ...words]
  const options = { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28, timeout: LIMIT_MS }
  const started = performance.now()
  const { status, signal, error, stdout, stderr } = spawnSync(file, rest, options)
  const ms = performance.now() - started
  if (status !== 0) {
    const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-12).join('\n')
    throw new Failed(`\`${words.slice(0, 3).join(' ')} …' ended with ${status ?? signal ?? error?.message}\n${said}`)
  }
  return { ms, stdout: String(stdout), stderr: String(stderr) }
}

const GNU_TIME = '/usr/bin/time'
export const measuresMemory = () => existsSync(GNU_TIME)

/** Peak memory in MB of the largest process of a command, as the kernel counted it (`ru_maxrss`). Its time is not used. */
export function peakMemory(command) {
  const { stderr } = timed(command, [GNU_TIME, '-f', 'peak %M KB', '--'])
  const found = /peak (\d+) KB\s*$/.exec(stderr)?.[1]
  if (found === undefined) throw new Failed(`no peak memory in: ${stderr.slice(-200)}`)
  return Number(found) / 1024
}
