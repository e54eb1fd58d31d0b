// A page of which one part is generated: that part is replaced, the prose around it stays. Pure.
export const BEGIN = '<!-- measured: begin. Written by `npm run bench`; edit what is outside. -->'
export const END = '<!-- measured: end -->'

/** @throws where the page has not both marks, in this order, once */
export function withGenerated(page, generated) {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin || page.indexOf(BEGIN, begin + 1) >= 0) throw new Error('the page lacks its two marks')
  return `${page.slice(0, begin + BEGIN.length)}\n\n${generated}\n\n${page.slice(end)}`
}
