/** A package's word on its licence -> CycloneDX: an SPDX id, an SPDX expression, or just a name. Pure. */

/** Ids of https://spdx.org/licenses/ that packages of npm have; another one is told as an expression of one id. */
const IDS = new Set(
  `0BSD AFL-2.1 Apache-2.0 Artistic-2.0 BlueOak-1.0.0 BSD-2-Clause BSD-3-Clause CC-BY-3.0 CC-BY-4.0 CC0-1.0 EPL-2.0 GPL-2.0-only GPL-3.0-only
   GPL-3.0-or-later ISC LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MPL-2.0 Python-2.0 Unlicense WTFPL Zlib`.split(/\s+/),
)

export type Licence = { readonly license: { readonly id: string } | { readonly name: string } } | { readonly expression: string }

/** `MIT`, `(MIT OR Apache-2.0)`, `SEE LICENSE IN x`, or npm's old `{ type, url }`. */
export function licenceOf(given: unknown): Licence | undefined {
  if (Array.isArray(given)) {
    const names = given.map(textOf).filter((text) => text !== undefined)
    return names.length === 0 ? undefined : licenceOf(names.length === 1 ? names[0] : `(${names.join(' OR ')})`)
  }
  const text = textOf(given)
  if (text === undefined) return undefined
  if (IDS.has(text)) return { license: { id: text } }
  return isExpression(text) ? { expression: text } : { license: { name: text } }
}

function textOf(given: unknown): string | undefined {
  const text = given !== null && typeof given === 'object' && 'type' in given ? given.type : given
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined
}

/** Ids joined by AND, OR and WITH, with parentheses that match. */
function isExpression(text: string): boolean {
  if (/^UNLICEN[CS]ED$/i.test(text)) return false // npm's word for none
  const words = text
    .replace(/([()])/g, ' $1 ')
    .trim()
    .split(/\s+/)
  let depth = 0
  let wantsId = true
  for (const word of words) {
    if (word === '(' && wantsId) depth++
    else if (word === ')' && !wantsId && depth > 0) depth--
    else if (/^(AND|OR|WITH)$/.test(word) && !wantsId) wantsId = true
    else if (wantsId && isId(word)) wantsId = false
    else return false
  }
  return depth === 0 && !wantsId
}

/** Those that are not in the list have a version: `EUPL-1.2`, `Classpath-exception-2.0`. */
function isId(word: string): boolean {
  return IDS.has(word) || /^[A-Za-z0-9.]+(-[A-Za-z0-9.]+)*-\d[A-Za-z0-9.-]*\+?$/.test(word) || /^LicenseRef-[A-Za-z0-9.-]+$/.test(word)
}
