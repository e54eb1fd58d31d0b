/**
 * In which folder to ask for a witness: told from the words alone, before they are parsed. Where that takes more than `-C DIR` and
 * `--directory=DIR`, it is not known here, and the build finds out by itself.
 */

/** Options that choose the folder, and clusters of letters that may hold one. */
const CHOOSES = /^(?:--(?:dir|up|search|no-up)|-[A-Za-z]*[CuD])/

/** From the current folder; `\'\'` for the current folder itself. */
export function projectFolder(argv: readonly string[], flags: string): string | undefined {
  if (flags.split(/\s+/).some((word) => CHOOSES.test(word.replace(/^['"\\]+/, '')))) return undefined
  const folders: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') break
    const long = /^--directory=(.+)$/s.exec(word)
    if (long !== null) folders.push(long[1] ?? '')
    else if (word === '-C' || word === '--directory') {
      const next = argv[++at]
      if (next === undefined || next === '' || next.startsWith('-')) return undefined
      folders.push(next)
    } else if (CHOOSES.test(word)) return undefined
  }
  // As with make, a second folder starts from the first.
  return folders.reduce((from, to) => (to.startsWith('/') || from === '' ? to : `${from}/${to}`), '')
}
