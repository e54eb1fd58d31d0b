import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isClosedFolder, isNoise } from '../../src/watch/noise.js'

test('what editors and tools leave beside a file is nothing to look at', () => {
  const noise = [
    'src/app.ts~',
    'src/.app.ts.swp',
    'src/.app.ts.swx',
    'src/.app.ts.swo',
    'src/.swp',
    'src/4913',
    'src/.#app.ts',
    'src/#app.ts#',
    'src/app.ts___jb_tmp___',
    'src/app.ts___jb_old___',
    'src/.goutputstream-AB12CD',
    'src/.app.ts.kate-swp',
    'src/.subl1f2.tmp',
    'terraform/app-test.dev.tf.4711.tmp',
    '.DS_Store',
    'terraform/terraform.tfstate',
    'terraform/terraform.tfstate.backup',
    'terraform/.terraform.lock.hcl',
    'terraform/.terraform/providers/x',
    'node_modules/left-pad/index.js',
    'node_modules/left-pad',
    'packages/a/node_modules/x.js',
    '.git/index',
    '.coworks/journal',
    '.idea/workspace.xml',
    '../outside.ts',
  ]
  assert.equal(
    noise.filter((path) => !isNoise(path)),
    [],
  )
})

test('sources, what is built, and what an installation writes last are looked at', () => {
  const looked = [
    'src/app.ts',
    'src/.well-known/jwks.json',
    'src/4913.ts',
    'src/a.swp.ts',
    'config/vars_dev.json',
    'Coworksfile.ts',
    '.env',
    'package-lock.json',
    'node_modules/.package-lock.json',
    'node_modules/.modules.yaml',
    'node_modules/.yarn-state.yml',
    'terraform/app-test.dev.tf',
    'terraform/tmp/app-test-dev.zip',
    'notes#1.txt',
    '.gitignore',
    '.',
  ]
  assert.equal(looked.filter(isNoise), [])
})

test('folders that are never entered', () => {
  assert.ok(isClosedFolder('.git'))
  assert.ok(isClosedFolder('a/node_modules/b'))
  assert.not.ok(isClosedFolder('src/git'))
})

test.run()
