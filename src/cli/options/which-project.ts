/** Options that choose the folder and the Coworksfile. */
import type { OptionSpec } from './option.js'

export const whichProject = [
  {
    name: 'directory',
    kind: 'texts',
    value: 'DIR',
    completes: 'directory',
    short: 'C',
    long: ['directory'],
    group: 'Which project',
    help: 'change to DIR first; a second one starts from the first',
  },
  {
    name: 'file',
    kind: 'text',
    value: 'FILE',
    completes: 'file',
    short: 'f',
    long: ['file', 'coworksfile'],
    group: 'Which project',
    help: 'read FILE instead of Coworksfile.ts',
  },
  {
    name: 'up',
    kind: 'flag',
    short: 'u',
    long: ['up', 'search-up'],
    group: 'Which project',
    help: 'find the Coworksfile in a folder above; build what is at or below this one',
  },
  {
    name: 'upAll',
    kind: 'flag',
    short: 'D',
    long: [],
    group: 'Which project',
    help: 'find the Coworksfile in a folder above; build all its defaults',
  },
] as const satisfies readonly OptionSpec[]
