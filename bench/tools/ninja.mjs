// ninja with `zip`: the file that names every source is written before; ninja itself never looks for new ones.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { SHELL_RENDER } from './render.mjs'
import { madeBy, renderedOf, unitsOf, zipOf } from './units.mjs'

const OUT = 'out-ninja'
const escaped = (text) => text.replace(/[$ :]/g, '$$$&')

function ninjaFile(tree) {
  const lines = [
    `builddir = ${OUT}`,
    'rule zip',
    `  command = rm -f $out && cd $dir && zip -q -X -D -r $up$out $roots`,
    'rule render',
    `  command = zip=$in name=$name stage=$stage out=$out sh ${OUT}/render.sh`,
  ]
  for (const unit of unitsOf(tree)) {
    const zip = zipOf(OUT, unit)
    lines.push(`build ${zip}: zip ${unit.files.map(escaped).join(' ')}`, `  dir = ${unit.dir}`)
    lines.push(`  up = ${unit.dir === '.' ? '' : '../'}`, `  roots = ${unit.roots.map(escaped).join(' ')}`)
    for (const stage of unit.stages)
      lines.push(`build ${renderedOf(OUT, unit, stage)}: render ${zip}`, `  name = ${unit.name}`, `  stage = ${stage}`)
  }
  return `${lines.join('\n')}\n`
}

export const ninja = {
  name: 'ninja',
  title: 'ninja + zip',
  needs: ['ninja', 'zip'],
  version: () => `${spawnSync('ninja', ['--version'], { encoding: 'utf8' }).stdout.trim()}`,
  setUp(tree) {
    mkdirSync(tree.at(OUT), { recursive: true })
    tree.write('build.ninja', ninjaFile(tree))
    tree.write(`${OUT}/render.sh`, `${SHELL_RENDER}\n`)
  },
  clear(tree) {
    tree.remove(OUT)
    tree.write(`${OUT}/render.sh`, `${SHELL_RENDER}\n`)
  },
  words: () => ['ninja', '--quiet'],
  made: (tree, module) => madeBy(tree, OUT, module),
  zips: (tree) => unitsOf(tree).map((unit) => tree.at(zipOf(OUT, unit))),
}
