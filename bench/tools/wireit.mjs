// wireit: one script for each microservice in one package.json, run by `npm run`, as its users do.
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { peerVersion } from './peers.mjs'
import { taskScript, taskWords } from './task-script.mjs'
import { madeBy, renderedOf, unitsOf, zipOf } from './units.mjs'

const OUT = 'out-wireit'
const SCRIPT = 'task.sh'

export const wireit = {
  name: 'wireit',
  title: 'wireit',
  needs: ['zip', 'npm'],
  npm: true,
  ownTree: true,
  environment: { WIREIT_LOGGER: 'quiet-ci', npm_config_update_notifier: 'false' },
  version: peerVersion('wireit'),
  setUp(tree, { peers }) {
    const units = unitsOf(tree)
    const patterns = ({ dir, roots }) => roots.map((root) => `${dir === '.' ? '' : `${dir}/`}${root}${root.endsWith('.ts') ? '' : '/**'}`)
    const script = (unit) => ({
      command: taskWords(SCRIPT, unit),
      files: [SCRIPT, ...patterns(unit)],
      output: [zipOf(OUT, unit), ...unit.stages.map((stage) => renderedOf(OUT, unit, stage))],
      // The layer's files lie in node_modules, which wireit leaves out unless told.
      allowUsuallyExcludedPaths: unit.name === 'layer',
    })
    const manifest = {
      name: 'bench',
      private: true,
      scripts: Object.fromEntries(['build', ...units.map(({ name }) => name)].map((name) => [name, 'wireit'])),
      wireit: {
        build: { dependencies: units.map(({ name }) => name) },
        ...Object.fromEntries(units.map((unit) => [unit.name, script(unit)])),
      },
    }
    tree.write('package.json', `${JSON.stringify(manifest, null, 1)}\n`)
    tree.write('package-lock.json', '{}\n')
    tree.write(SCRIPT, taskScript(OUT))
    tree.remove('node_modules/.bin')
    tree.write('node_modules/.bin/.keep', '')
    symlinkSync(join(peers, 'node_modules/wireit/bin/wireit.js'), tree.at('node_modules/.bin/wireit'))
  },
  clear: (tree) => tree.remove(OUT, '.wireit'),
  words: () => ['npm', 'run', '--silent', 'build'],
  made: (tree, module) => madeBy(tree, OUT, module),
  zips: (tree) => unitsOf(tree).map((unit) => tree.at(zipOf(OUT, unit))),
}
