// SCons with `zip`, deciding by content, as it does unless told otherwise. The SConstruct lists the sources anew at every run, as one is written.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { PYTHON_RENDER } from './render.mjs'
import { madeBy, unitsOf, zipOf } from './units.mjs'

const OUT = 'out-scons'

function sconstruct(tree) {
  const units = unitsOf(tree).map(({ name, dir, roots, stages }) => [name, dir, roots, stages])
  return `import hashlib, json, os
SConsignFile('${OUT}/sconsign')
env = Environment(tools=[], ENV={'PATH': os.environ['PATH']})
SetOption('num_jobs', ${availableParallelism()})

${PYTHON_RENDER}
def files(dir, root):
    path = os.path.normpath(os.path.join(dir, root))
    if os.path.isfile(path):
        return [path]
    return sorted(os.path.join(at, name) for at, _, names in os.walk(path) for name in names)

for name, dir, roots, stages in json.loads('''${JSON.stringify(units)}'''):
    up = '' if dir == '.' else '../'
    zip = '${OUT}/%s.zip' % name
    env.Command(zip, [file for root in roots for file in files(dir, root)],
                'cd %s && zip -q -X -D -r %s$TARGET %s' % (dir, up, ' '.join(roots)))
    for stage in stages:
        env.Command('${OUT}/%s.%s.tf' % (name, stage), zip, render, NAME=name, STAGE=stage)
`
}

export const scons = {
  name: 'scons',
  title: 'SCons',
  needs: ['scons', 'zip'],
  version: () => /SCons: v([\d.]+\d)/.exec(spawnSync('scons', ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? '?',
  setUp(tree) {
    tree.write('SConstruct', sconstruct(tree))
    tree.write(`${OUT}/.keep`, '-')
  },
  clear(tree) {
    tree.remove(OUT)
    tree.write(`${OUT}/.keep`, '-')
  },
  words: () => ['scons', '-s'],
  made: (tree, module) => madeBy(tree, OUT, module),
  zips: (tree) => unitsOf(tree).map((unit) => tree.at(zipOf(OUT, unit))),
}
