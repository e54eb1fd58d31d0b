// What the figures were measured on, as far as it explains them: no name of a host, no path.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'

function fileSystem(dir) {
  try {
    // `stat -f` has one name for ext2, 3 and 4.
    return execFileSync('df', ['--output=fstype', dir], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')[1]
  } catch {
    return 'unknown'
  }
}

/** Processes that wanted a core during the last minute; more than one says that the machine was not quiet. */
function load() {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
  } catch {
    return undefined
  }
}

export function machine(dir) {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || 'unknown',
    memoryGB: Math.round(totalmem() / 2 ** 30),
    kernel: release().replace(/^(\d+\.\d+).*/, '$1'),
    platform: process.platform,
    fileSystem: fileSystem(dir),
    loadBefore: load(),
  }
}
