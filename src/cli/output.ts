/** Where the text for a person goes: two streams, as a shell knows them, or what a reporter makes of them. */

export interface Output {
  out(text: string): void
  error(text: string): void
  /** What a target's own command printed. */
  log(title: string, text: string): void
  /** What follows is to be read by whoever reads nothing else. */
  conclude(): void
  /** Nothing more comes. */
  close(): void
}

export const consoleOutput: Output = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  log: (_, text) => void process.stdout.write(text),
  conclude: () => {},
  close: () => {},
}
