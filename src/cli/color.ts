/** When words may be coloured: asked for, or a terminal whose user has not said NO_COLOR (https://no-color.org). */
import type { Options } from './options/index.js'

type Colour = 'red' | 'yellow'

const CODES: Readonly<Record<Colour, number>> = { red: 31, yellow: 33 }

/** For stderr, where errors and warnings go. */
export function colourer(when: Options['color']): (colour: Colour, text: string) => string {
  const { NO_COLOR, TERM } = process.env
  const wanted = when === 'always' || (when !== 'never' && process.stderr.isTTY === true && !NO_COLOR && TERM !== 'dumb')
  return (colour, text) => (wanted ? `\u001b[${CODES[colour]}m${text}\u001b[39m` : text)
}
