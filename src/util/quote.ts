/** Text for places that would read it as something else: a shell word, a terminal. */

/** A word for a POSIX shell: as it is where that is safe, else in single quotes. As the first of a line, `A=b` would set a variable. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word) ? word : shellQuoted(word)
}

/** A path as a word for a POSIX shell, which no program takes for an option. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path)
}

/** A word for a POSIX shell, always in single quotes. */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** A name on a line of its own or among other words: a line break in it must not begin a line that looks like one of ours. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\t\n]/g, (char) => (char === '\n' ? '\\n' : '\\t'))
}

/** What a program printed: colours stay, and with them nothing that moves, hides or asks. */
export function printableOutput(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  const parts = text.replaceAll('\r\n', '\n').split(/(\u001b\[[\d;]*m)/)
  return parts.map((part, index) => (index % 2 === 1 ? part : printable(part))).join('')
}

/** Text of a user's (a file name, a program's message) with control characters shown as escapes, so that none reaches the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) => {
    const code = char.charCodeAt(0)
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
