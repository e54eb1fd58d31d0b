/** Options of the cache. */
import { building, type OptionSpec } from './option.js'

export const theCache = [
  {
    name: 'cacheShow',
    kind: 'flag',
    long: ['cache-show'],
    group: 'The cache',
    of: building,
    help: 'show what was got from the cache as if it was built',
  },
  {
    name: 'cacheDisable',
    kind: 'flag',
    long: ['cache-disable', 'no-cache'],
    group: 'The cache',
    of: building,
    help: 'neither read nor fill the cache',
  },
  {
    name: 'cacheForce',
    kind: 'flag',
    long: ['cache-force', 'cache-populate'],
    group: 'The cache',
    of: building,
    help: 'put into the cache what is already up to date, too',
  },
  {
    name: 'cacheReadonly',
    kind: 'flag',
    long: ['cache-readonly'],
    group: 'The cache',
    of: building,
    help: 'read the cache, do not fill it',
  },
] as const satisfies readonly OptionSpec[]
