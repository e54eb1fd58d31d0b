/** Options that ask for words instead of work. */
import type { OptionSpec } from './option.js'

export const askingForHelp = [
  { name: 'help', kind: 'flag', short: 'h', long: ['help'], group: 'Help', help: "show this project's help and that of coworks" },
  { name: 'helpOptions', kind: 'flag', short: 'H', long: ['help-options'], group: 'Help', help: 'show every option' },
  { name: 'version', kind: 'flag', short: 'v', long: ['version'], group: 'Help', help: 'show the version' },
] as const satisfies readonly OptionSpec[]
