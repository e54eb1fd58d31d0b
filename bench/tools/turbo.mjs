// turbo: each microservice is a workspace whose script zips and renders it. turbo runs scripts through npm.
import { join } from 'node:path'
import { rootsOf } from '../project/shape.mjs'
import { peerVersion } from './peers.mjs'
import { taskScript, taskWords } from './task-script.mjs'
import { layerRoots, madeBy, renderedOf, unitsOf, zipOf } from './units.mjs'

const OUT = 'out-turbo'
const SCRIPT = 'task.sh'
const TURBO = '$TURBO_ROOT$'

/** A workspace lies beside its sources, which it names as inputs. */
const inputsOf = (tree, unit) =>
  unit.name === 'layer'
    ? layerRoots(tree).map((root) => `${TURBO}/${root}/**`)
    : rootsOf(tree.shape, unit.name).map((root) => `${TURBO}/src/${root}${root.endsWith('.ts') ? '' : '/**'}`)

export const turbo = {
  name: 'turbo',
  title: 'turbo',
  needs: ['zip'],
  npm: true,
  ownTree: true,
  asksGit: true, // for the hashes of files that are committed
  environment: { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  version: peerVersion('turbo'),
  setUp(tree) {
    const root = JSON.parse(tree.read('package.json'))
    const manifest = { ...root, dependencies: undefined, packageManager: 'npm@10.8.2', workspaces: ['workspaces/*'] }
    tree.write('package.json', `${JSON.stringify(manifest, null, 2)}\n`)
    tree.write('turbo.json', JSON.stringify({ tasks: { build: {} } }))
    tree.write(SCRIPT, taskScript(OUT))
    for (const unit of unitsOf(tree)) {
      const dir = `workspaces/${unit.name}`
      const build = `cd ../.. && ${taskWords(SCRIPT, unit)}`
      tree.write(`${dir}/package.json`, `${JSON.stringify({ name: unit.name, version: '1.0.0', private: true, scripts: { build } })}\n`)
      const outputs = [zipOf(OUT, unit), ...unit.stages.map((stage) => renderedOf(OUT, unit, stage))].map((path) => `${TURBO}/${path}`)
      tree.write(
        `${dir}/turbo.json`,
        JSON.stringify({ extends: ['//'], tasks: { build: { inputs: ['package.json', ...inputsOf(tree, unit)], outputs } } }),
      )
    }
  },
  clear: (tree) => tree.remove(OUT, '.turbo', 'node_modules/.cache'),
  words: (_tree, { peers }) => [join(peers, 'node_modules/.bin/turbo'), 'run', 'build', '--output-logs=errors-only'],
  made: (tree, module) => madeBy(tree, OUT, module),
  zips: (tree) => unitsOf(tree).map((unit) => tree.at(zipOf(OUT, unit))),
}
