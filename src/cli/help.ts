/**
 * The help texts, from the table of options, laid out by yargs: what a person reads in a terminal of `width` columns. What the project
 * says of itself (`Help()`) is put before them by the caller. The words of a command line are not read here: see `words.ts`.
 */
import yargs, { type Argv } from 'yargs'
import { OPTIONS, OVERVIEW, pageFile, WIDTHS } from './help-page.js'
import { type CommandSpec, commandNamed, commands, groups, keyTable, type OptionSpec, options, takenBy } from './options/index.js'

const MOST_USED = ['dryRun', 'question', 'clean', 'keepGoing', 'jobs', 'debug', 'json']

const FIRST_STEPS: CommandSpec['examples'] = [
  ['coworks build microservice=app-test stage=dev', 'layer, zip, Terraform files'],
  ['cd terraform && terraform init && terraform apply', 'deploy them'],
  ['coworks build', 'again: nothing to do'],
  ['coworks build --debug=explain', 'after an edit: do it, say why'],
  ['coworks run microservice=app-test stage=dev', 'the same API on localhost'],
]

const KEYS = [...keyTable.map(({ name, value, help }) => [`${name}=${value}`, help]), ['name=value', 'a variable of the Coworksfile']]

/** All that help can say to a terminal that is wide enough, by the file it lies in when the package is built. */
export async function helpPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>()
  for (const width of WIDTHS) {
    const add = async (page: string, laidOut: Promise<string>) => pages.set(pageFile(page, width) ?? page, await laidOut)
    await add(OVERVIEW, helpText(undefined, width))
    await add(OPTIONS, optionsText(width))
    for (const { name, hidden } of commands) if (hidden !== true) await add(name, helpText(name, width))
  }
  return pages
}

/** What `coworks -h` says, or `coworks help <command>`. */
export function helpText(command: string | undefined, width: number): Promise<string> {
  const spec = command === undefined ? undefined : commandNamed(command)
  return spec === undefined ? overview(width) : commandHelp(spec, width)
}

/** What `coworks -H` says: every option, with the commands that take it. */
export function optionsText(width: number): Promise<string> {
  const all = empty(width).usage('Options, and the commands that take them where not all do:')
  const commandsOf = ({ of, help }: OptionSpec) => (of === undefined ? help : `${help} (${of.join(', ')})`)
  return text(withOptions(all, options, commandsOf))
}

function overview(width: number): Promise<string> {
  const page = empty(width).usage(
    'usage: coworks [command] [key=value ...] [targets ...] [options]\n\n' +
      'Builds AWS Lambda microservices and their Terraform: reads Coworksfile.ts, decides by content what is out of date, and makes only that.',
  )
  for (const { name, summary, hidden } of commands) if (hidden !== true) page.command(name, summary)
  const used = options
    .filter(({ name }) => MOST_USED.includes(name))
    .map((option) => ({ ...option, long: option.long.slice(0, 1), group: 'Options used most' }))
  return text(
    withOptions(page, used)
      .example(pairs(FIRST_STEPS))
      .epilogue(
        `${keyLines()}\n\n\`coworks help build\` shows the options of a command, \`coworks -H\` all of them.\n` +
          'COWORKSFLAGS holds options to add to every command line. ' +
          'Exit status: 0 done, 1 -q found work, diff or drift a difference, 2 failed, 130 interrupted.',
      ),
  )
}

function commandHelp(command: CommandSpec, width: number): Promise<string> {
  const words = {
    nothing: '',
    targets: ' [targets ...]',
    shell: ' bash|zsh|fish',
    command: ' [command]',
    folder: ' [folder]',
    template: ' [copy NAME]',
    anything: '',
  }[command.words]
  const page = empty(width)
    .usage(`usage: coworks ${command.name}${command.keys ? ' [key=value ...]' : ''}${words} [options]\n\n${command.details}`)
    .example(pairs(command.examples))
  const taken = options.filter((option) => takenBy(option, command.name))
  return text(withOptions(command.keys ? page.epilogue(keyLines()) : page, taken))
}

function pairs(examples: CommandSpec['examples']): [string, string][] {
  return examples.map(([line, does]) => [line, does])
}

function keyLines(): string {
  const column = Math.max(...KEYS.map(([left = '']) => left.length))
  return `Keys:\n${KEYS.map(([left = '', help = '']) => `  ${left.padEnd(column)}  ${help}`).join('\n')}`
}

/** English whatever LANG says, and none of the options that yargs would bring itself. */
function empty(width: number): Argv {
  return yargs([]).scriptName('coworks').locale('en').help(false).version(false).wrap(width)
}

type Shown = Omit<OptionSpec, 'group'> & { readonly group: string }

function withOptions(page: Argv, taken: readonly Shown[], help: (option: OptionSpec) => string = (option) => option.help): Argv {
  const order = (group: string) => groups.findIndex((one) => one === group)
  for (const option of [...taken].sort((a, b) => order(a.group) - order(b.group))) {
    const [first, ...spellings] = [...option.long, ...(option.short === undefined ? [] : [option.short])]
    // Only shown, never parsed: the name of the value stands with the option, as everywhere in these texts.
    const name = `${first ?? ''}${option.value === undefined ? '' : `=${option.value}`}`
    page.option(name, { alias: spellings, describe: help(option as OptionSpec), group: `${option.group}:` })
  }
  return page
}

async function text(page: Argv): Promise<string> {
  return `${(await page.getHelp()).trimEnd()}\n`
}
