/** One line a request, for a person who looks at a terminal: what was asked, what was answered, how long it took, and why. */
import { printable } from '../util/quote.js'
import type { Handled } from './gateway.js'
import type { GatewayRequest } from './message.js'

/** @param name of the microservice, where there are several */
export function logLine(
  name: string,
  { verb, target }: Pick<GatewayRequest, 'verb' | 'target'>,
  { answer, note }: Pick<Handled, 'answer' | 'note'>,
  ms: number,
): string {
  const shown = target.length > 200 ? `${target.slice(0, 200)}…` : target
  return printable(
    `${name}${name === '' ? '' : ' '}${verb} ${shown} ${answer.status} ${ms.toFixed(0)} ms${note === undefined ? '' : `  (${note})`}`,
  )
}
