/** The one token of the example. A real shop would verify a signature here. */
import { timingSafeEqual } from 'node:crypto'

export function known(token: string | null | undefined): boolean {
  const expected = Buffer.from(process.env.SHOP_TOKEN ?? '')
  const given = Buffer.from(token ?? '')
  return expected.length > 0 && expected.length === given.length && timingSafeEqual(expected, given)
}
