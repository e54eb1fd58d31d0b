/**
 * Splits one line as a POSIX shell splits it: blanks, single and double quotes, backslashes. It expands nothing:
 * no variable, no `~`, no `*`.
 */

export interface ShellWords {
  readonly words: readonly string[]
  /** The quote that was never closed. */
  readonly open: "'" | '"' | undefined
}

export function shellWords(line: string): ShellWords {
  const words: string[] = []
  let word: string | undefined
  let quote: "'" | '"' | undefined
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (quote !== undefined) {
      if (char === quote) quote = undefined
      // Between double quotes a shell keeps the backslash before anything but these.
      else if (quote === '"' && char === '\\' && /["\\$`]/.test(line.charAt(at + 1))) word = (word ?? '') + line.charAt(++at)
      else word = (word ?? '') + char
    } else if (char === "'" || char === '"') {
      quote = char
      word ??= '' // `''` is a word, an empty one
    } else if (char === '\\' && at + 1 < line.length) word = (word ?? '') + line.charAt(++at)
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return { words, open: quote }
}
