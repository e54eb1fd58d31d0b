/**
 * The help texts, laid out from the table of options: what a person reads in a terminal of `width` columns. What the
 * project says of itself (`Help()`) is put before them by the caller.
 */
import { type CommandSpec, commandNamed, commands, groups, keyTable, type OptionSpec, options, takenBy } from './options.js'

type Row = readonly [left: string, right: string]

const shownCommands = commands.filter(({ hidden }) => hidden !== true)

/** One column for all groups of options, so that the eye finds it; an option with many spellings takes a line of its own. */
const optionColumn = 24

function exampleColumn(width: number): number {
  return Math.max(optionColumn, Math.floor(width * 0.62))
}

/** What `coworks -h` says, or `coworks help <command>`. */
export function helpText(command: string | undefined, width: number): string {
  const spec = command === undefined ? undefined : commandNamed(command)
  return spec === undefined ? overview(width) : commandHelp(spec, width)
}

/** What `coworks -H` says: every option, with the commands that take it. */
export function optionsText(width: number): string {
  const rows = (option: OptionSpec): Row => [left(option), option.help + (option.of === undefined ? '' : ` (${option.of.join(', ')})`)]
  return lines('Options, and the commands that take them where not all do:', ...optionSections(options, rows, width))
}

function overview(width: number): string {
  return lines(
    'usage: coworks [command] [key=value ...] [targets ...] [options]',
    '',
    ...wrap(
      'Builds AWS Lambda microservices and their Terraform: reads Coworksfile.ts, decides by content what is out of date, and makes only that.',
      width,
    ),
    ...section(
      'The first five minutes:',
      [
        ['coworks build microservice=app-test stage=dev', 'layer, zip, Terraform files'],
        ['cd terraform && terraform init && terraform apply', 'deploy them'],
        ['coworks build', 'again: nothing to do'],
        ['coworks build --debug=explain', 'after an edit: do it, say why'],
        ['coworks run microservice=app-test stage=dev', 'the same API on localhost'],
      ],
      width,
      exampleColumn(width),
    ),
    ...section(
      'Commands:',
      shownCommands.map(({ name, summary }) => [name, summary]),
      width,
      optionColumn,
    ),
    ...section('Keys:', keyRows(), width, optionColumn),
    ...section(
      'Options used most:',
      options
        .filter(({ name }) => ['dryRun', 'question', 'clean', 'keepGoing', 'jobs', 'debug', 'json'].includes(name))
        .map((option): Row => [left(option, 1), option.help]),
      width,
      optionColumn,
    ),
    '',
    '`coworks help build` shows the options of a command, `coworks -H` all of them.',
    ...wrap(
      'COWORKSFLAGS holds options to add to every command line. Exit status: 0 done, 1 -q found work, diff or drift a difference, 2 failed, 130 interrupted.',
      width,
    ),
  )
}

function commandHelp(command: CommandSpec, width: number): string {
  const words = {
    targets: ' [targets ...]',
    shell: ' bash|zsh|fish',
    command: ' [command]',
    template: ' [copy NAME]',
    folder: ' [FOLDER]',
    nothing: '',
    anything: '',
  }[command.words]
  const taken = options.filter((option) => takenBy(option, command.name))
  return lines(
    `usage: coworks ${command.name}${command.keys ? ' [key=value ...]' : ''}${words} [options]`,
    '',
    ...wrap(command.details, width),
    ...section('Examples:', command.examples, width, exampleColumn(width)),
    ...(command.keys ? section('Keys:', keyRows(), width, optionColumn) : []),
    ...optionSections(taken, optionRow, width),
  )
}

function keyRows(): readonly Row[] {
  return [...keyTable.map(({ name, value, help }): Row => [`${name}=${value}`, help]), ['name=value', 'a variable of the Coworksfile']]
}

function optionRow(option: OptionSpec): Row {
  return [left(option), option.help]
}

function optionSections(taken: readonly OptionSpec[], row: (option: OptionSpec) => Row, width: number): string[] {
  return groups.flatMap((group) => {
    const rows = taken.filter((option) => option.group === group).map(row)
    return rows.length === 0 ? [] : section(`${group}:`, rows, width, optionColumn, optionColumn)
  })
}

/** `-j N, --jobs=N`; a long spelling alone stands under the others, not under the short ones. */
function left({ short, long, value }: OptionSpec, spellings = long.length): string {
  const names = long.slice(0, spellings).map((name) => `--${name}${value === undefined ? '' : `=${value}`}`)
  return short === undefined ? `    ${names.join(', ')}` : [`-${short}`, ...names].join(', ')
}

/** A heading and two columns; a left part too long for its column stands on a line of its own. */
function section(heading: string, rows: readonly Row[], width: number, most: number, least = 0): string[] {
  const column = Math.max(least, Math.min(most, Math.max(...rows.map(([text]) => text.length))))
  const indent = ' '.repeat(column + 4)
  return [
    '',
    heading,
    ...rows.flatMap(([text, help]) => {
      const [first = '', ...rest] = wrap(help, Math.max(16, width - indent.length))
      const below = rest.map((line) => indent + line)
      return text.length <= column ? [`  ${text.padEnd(column)}  ${first}`, ...below] : [`  ${text}`, indent + first, ...below]
    }),
  ]
}

function wrap(text: string, width: number): string[] {
  const out: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      out.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...out, line]
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
