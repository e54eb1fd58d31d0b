// nx with its daemon: each microservice is a project with one target, run by nx itself without npm.
import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { peerVersion } from './peers.mjs'
import { taskScript, taskWords } from './task-script.mjs'
import { madeBy, renderedOf, unitsOf, zipOf } from './units.mjs'

const OUT = 'out-nx'
const SCRIPT = 'task.sh'

function projectFile(unit) {
  const build = {
    executor: 'nx:run-commands',
    cache: true,
    inputs:
      unit.files.length > 0 && unit.dir === 'src'
        ? unit.roots.map((root) => `{workspaceRoot}/src/${root}${root.endsWith('.ts') ? '' : '/**/*'}`)
        : unit.roots.map((root) => `{workspaceRoot}/${root}/**/*`),
    outputs: [zipOf(OUT, unit), ...unit.stages.map((stage) => renderedOf(OUT, unit, stage))].map((path) => `{workspaceRoot}/${path}`),
    options: { command: taskWords(SCRIPT, unit), cwd: '.' },
  }
  return `${JSON.stringify({ name: unit.name, targets: { build } })}\n`
}

const bin = ({ peers }) => join(peers, 'node_modules/.bin/nx')

export const nx = {
  name: 'nx',
  title: 'nx (daemon)',
  watches: true,
  needs: ['zip'],
  npm: true,
  ownTree: true,
  asksGit: true, // without a repository of its own, the one around it would have it ignore all files
  environment: { NX_DAEMON: 'true', NX_NO_CLOUD: 'true', NX_TUI: 'false', NX_SKIP_NX_CACHE: 'false' },
  version: peerVersion('nx'),
  setUp(tree, { peers }) {
    tree.write('nx.json', JSON.stringify({ analytics: false, neverConnectToCloud: true, plugins: [] }))
    tree.write(SCRIPT, taskScript(OUT))
    for (const unit of unitsOf(tree)) tree.write(`projects/${unit.name}/project.json`, projectFile(unit))
    tree.remove('node_modules/nx')
    symlinkSync(join(peers, 'node_modules/nx'), tree.at('node_modules/nx'))
  },
  clear(tree, context) {
    tree.remove(OUT)
    spawnSync(bin(context), ['reset', '--only-cache'], { cwd: tree.root, env: context.environment, stdio: 'ignore' })
  },
  tearDown(tree, context) {
    spawnSync(bin(context), ['daemon', '--stop'], { cwd: tree.root, env: context.environment, stdio: 'ignore' })
  },
  words: (_tree, context) => [bin(context), 'run-many', '-t', 'build', '--outputStyle=static'],
  made: (tree, module) => madeBy(tree, OUT, module),
  zips: (tree) => unitsOf(tree).map((unit) => tree.at(zipOf(OUT, unit))),
}
