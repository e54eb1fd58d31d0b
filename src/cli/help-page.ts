/**
 * The pages of help that are laid out when the package is built (`dist/help/`), and which of them a command line asks for. Told from the words
 * alone, and only where they are the plain ones: whatever else is with them is for who reads command lines. Pure.
 */

/** Columns for which pages are laid out: a terminal in between gets the narrower, one that is narrower than all gets a page of its own. */
export const WIDTHS = [80, 100]

/** Names no command can have. */
export const OVERVIEW = '_overview'
export const OPTIONS = '_options'

export interface HelpAsked {
  /** A page: a command's, if there is such a command. */
  readonly page: string
  /** Whether what the project says of itself comes before it. */
  readonly ofProject: boolean
}

/** Nothing where no help is asked for, or with other words. @param flags of COWORKSFLAGS */
export function helpAsked(argv: readonly string[], flags: string): HelpAsked | undefined {
  if (argv.length === 0 || argv.length > 2 || flags !== '') return undefined
  const dashed = argv.filter((word) => word.startsWith('-'))
  const [first, second] = argv.filter((word) => !word.startsWith('-'))
  if (first === 'help' && dashed.length === 0) return { page: second ?? OVERVIEW, ofProject: false }
  if (dashed.length !== 1 || first === 'help') return undefined
  if (dashed[0] === '--help' || dashed[0] === '-h') return { page: first ?? OVERVIEW, ofProject: true }
  return (dashed[0] === '--help-options' || dashed[0] === '-H') && first === undefined ? { page: OPTIONS, ofProject: false } : undefined
}

/** The columns that help is laid out for. @param columns of the terminal, where it is one */
export function helpWidth(columns: number | undefined): number {
  const wanted = columns || 80 // a terminal that does not know its width says 0
  return WIDTHS.findLast((width) => width <= wanted) ?? wanted
}

/** Nothing for what is no name of a page. */
export function pageFile(page: string, width: number): string | undefined {
  return /^_?[a-z]+$/.test(page) && WIDTHS.includes(width) ? `help/${page}.${width}.txt` : undefined
}
