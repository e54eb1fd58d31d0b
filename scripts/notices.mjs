// The licences of the packages whose code is bundled into dist/, as they ask: each with its name, its version and its own text.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param metafile of esbuild @returns one text for all packages, sorted by name */
export function noticesOf(metafile) {
  const folders = new Set()
  for (const path of Object.keys(metafile.inputs)) {
    const at = path.lastIndexOf('node_modules/')
    if (at < 0) continue
    const [first = '', second = ''] = path.slice(at + 'node_modules/'.length).split('/')
    folders.add(path.slice(0, at) + join('node_modules', first.startsWith('@') ? `${first}/${second}` : first))
  }
  const notices = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (typeof license !== 'string') throw new Error(`${name} ${version} does not say its licence`)
    const file = readdirSync(folder).find((one) => /^licen[cs]e(\.(md|txt))?$/i.test(one))
    const text = file === undefined || !existsSync(join(folder, file)) ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
    return { name, version, text: `${name} ${version}, licence ${license}\n${text}` }
  })
  notices.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
  const rule = `\n${'-'.repeat(79)}\n\n`
  return `Code of these packages is part of the files in this folder.\n${rule}${notices.map(({ text }) => text).join(rule)}`
}
