/**
 * Shell completion: what could stand where the cursor is, and the script by which a shell asks. It decides from the
 * table of options and from the names it is given; it opens no project and reads no folder (file names are the shell's).
 *
 * The scripts hand over the words up to the cursor, the last one cut there and possibly empty, and get whole words
 * back, one a line: `coworks __complete -- build microservice=app-t` answers `microservice=app-test`.
 */

import { templateNames } from '../terraform/templates-dir.js'
import { unreachable } from '../util/unreachable.js'
import {
  commandNamed,
  commands,
  keyTable,
  longOption,
  type OptionSpec,
  options,
  type Shell,
  shells,
  shortOption,
  spelled,
  takenBy,
} from './options/index.js'

export interface Known {
  readonly microservices: readonly string[]
  readonly stages: readonly string[]
  readonly targets: readonly string[]
  readonly variables: readonly string[]
}

/** Candidates for the last of `words`, which are those after `coworks`. Empty where only a file name can stand. */
export function complete(words: readonly string[], known: Known): readonly string[] {
  const last = words.at(-1) ?? ''
  return [...new Set(candidates(words.slice(0, -1), last, known))].filter((word) => word.startsWith(last))
}

function candidates(before: readonly string[], last: string, known: Known): readonly string[] {
  const bare = bareWords(before)
  const command = commandNamed(bare[0]) ?? commandNamed('build')
  if (command === undefined) return []
  if (before.includes('--')) return command.words === 'targets' ? known.targets : []

  const waiting = waitsForValue(before.at(-1) ?? '')
  if (waiting !== undefined) return values(waiting, '', last)
  const assigned = /^--([^=]+)=/.exec(last)
  if (assigned !== null) {
    const option = longOption(assigned[1] ?? '')?.option
    return option === undefined ? [] : values(option, assigned[0], last)
  }
  if (last.startsWith('-')) {
    const taken = options.filter((option) => takenBy(option, command.name))
    return taken.flatMap((option) => {
      const word = spelled(option) + (option.kind === 'flag' || option.long.length === 0 ? '' : '=')
      return last === '-' && option.short !== undefined ? [`-${option.short}`, word] : [word]
    })
  }
  if (command.keys) {
    if (last.startsWith('microservice=')) return listed('microservice=', ['all', ...known.microservices], last)
    if (last.startsWith('stage=')) return listed('stage=', ['all', ...known.stages], last)
  }
  if (last.includes('=')) return command.words === 'targets' ? known.targets : [] // the value of a variable may be anything
  const given = before.map((word) => /^[^=]+=/.exec(word)?.[0])
  const keys = command.keys ? [...keyTable.map(({ name }) => name), ...known.variables].map((name) => `${name}=`) : []
  return [
    ...(bare.length === 0 ? commands.filter(({ hidden }) => hidden !== true).map(({ name }) => name) : []),
    ...afterCommand(command.words, bare, known),
    ...keys.filter((key) => !given.includes(key)),
  ]
}

function afterCommand(words: string, bare: readonly string[], known: Known): readonly string[] {
  if (words === 'targets') return known.targets
  if (words === 'template') return bare.length === 1 ? ['copy'] : bare.length === 2 && bare[1] === 'copy' ? templateNames : []
  if (bare.length !== 1) return []
  if (words === 'shell') return shells
  return words === 'command' ? commands.filter(({ hidden }) => hidden !== true).map(({ name }) => name) : []
}

/** Words that are neither options, nor values of options, nor keys. */
function bareWords(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).filter(
    (word, at) => !/^-./.test(word) && !/^[A-Za-z_]\w*=/.test(word) && waitsForValue(words[at - 1] ?? '') === undefined,
  )
}

/** The option whose value is the next word: `--jobs`, `-j`, `-nj`, but not `-j4` or `--jobs=4`. */
function waitsForValue(word: string): OptionSpec | undefined {
  if (word.startsWith('--')) {
    const option = longOption(word.slice(2))?.option
    return option?.kind === 'flag' ? undefined : option
  }
  if (!/^-./.test(word)) return undefined
  for (let at = 1; at < word.length; at++) {
    const option = shortOption(word.charAt(at))
    if (option === undefined) return undefined
    if (option.kind !== 'flag') return at === word.length - 1 ? option : undefined
  }
  return undefined
}

function values(option: OptionSpec, prefix: string, last: string): readonly string[] {
  if (option.choices === undefined) return []
  return option.kind === 'some' ? listed(prefix, option.choices, last) : option.choices.map((choice) => prefix + choice)
}

/** The next item of a comma list: what is there already is kept and not offered again; `all` stands alone. */
function listed(prefix: string, names: readonly string[], last: string): readonly string[] {
  const kept = last.slice(prefix.length).split(',').slice(0, -1)
  if (kept.includes('all') && prefix !== '--tree=') return []
  const start = prefix + kept.map((name) => `${name},`).join('')
  return names
    .filter((name) => !kept.includes(name) && (kept.length === 0 || name !== 'all' || prefix === '--tree='))
    .map((name) => start + name)
}

export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash
    case 'zsh':
      return zsh
    case 'fish':
      return fish
    default:
      return unreachable(shell)
  }
}

// bash splits words at `=`, and so hands over `stage`, `=`, `dev`: the words are put together again wherever the line has
// no blank between them, and candidates are cut back to what follows the last `=`. Written for bash 3.2, which macOS has.
const bash = `# bash completion for coworks: source <(coworks completion bash)
_coworks() {
  local line=\${COMP_LINE:0:COMP_POINT} word blanks last candidate cut='' i
  local words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=\${line%%[![:space:]]*}
    line=\${line#"$blanks"}
    # The word at the cursor ends at the cursor.
    if ((i == COMP_CWORD)); then word=$line; else word=\${COMP_WORDS[i]}; fi
    line=\${line#"$word"}
    if ((i > 1)) && [[ -z $blanks ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  last=\${words[\${#words[@]} - 1]}
  if [[ $COMP_WORDBREAKS == *=* && $last == *=* ]]; then cut=\${last%"\${last##*=}"}; fi
  COMPREPLY=()
  while IFS= read -r candidate; do
    COMPREPLY+=("\${candidate#"$cut"}")
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  # More is to come after a key.
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
  return 0
}
complete -o default -F _coworks coworks
`

const zsh = `#compdef coworks
# zsh completion for coworks: source <(coworks completion zsh)
_coworks() {
  local -a found open closed
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  open=(\${(M)found:#*=})
  closed=(\${found:#(*=|)})
  if ((\${#open} + \${#closed} == 0)); then
    _files
    return
  fi
  ((\${#open})) && compadd -S '' -- "\${open[@]}"
  ((\${#closed})) && compadd -- "\${closed[@]}"
}
compdef _coworks coworks
`

const fish = `# fish completion for coworks: coworks completion fish | source
function __coworks_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found (command $words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
complete -c coworks -f -a '(__coworks_complete)'
`
