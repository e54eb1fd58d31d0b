// A layer zipped by one program from nothing: what coworks' own writer is measured against.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layerRoots } from './units.mjs'

const tool = (name, title, needs, version, words) => {
  const out = `out-${name}/layer.zip`
  return {
    name,
    title,
    needs,
    version,
    setUp(tree) {
      tree.write(`out-${name}/.keep`, '-')
    },
    clear: (tree) => tree.remove(out),
    words: (tree) => words(tree, out),
    made: (tree) => [tree.at(out)],
    zips: (tree) => [tree.at(out)],
  }
}

const zipVersion = () => /This is Zip ([\d.]+)/.exec(execFileSync('zip', ['-v'], { encoding: 'utf8' }))?.[1] ?? '?'
const archiverVersion = (repo) => JSON.parse(readFileSync(join(repo, 'node_modules/archiver/package.json'), 'utf8')).version

// -D: coworks and archiver write no entries for folders; -X: nor owners and times of access.
const zip = (level) =>
  tool(`zip${level}`, `\`zip -${level}\``, ['zip'], zipVersion, (tree, out) => [
    'zip',
    '-q',
    '-X',
    '-D',
    '-r',
    `-${level}`,
    out,
    ...layerRoots(tree),
  ])

export const layerZips = [
  zip(6),
  zip(9),
  tool('archiver', 'archiver', [], archiverVersion, (tree, out) => [
    process.execPath,
    fileURLToPath(new URL('archive.mjs', import.meta.url)),
    out,
    ...layerRoots(tree),
  ]),
]
