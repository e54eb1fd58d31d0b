// limit: 180 s
/** `coworks sbom` on built projects: what is in a zip is in its document, and nothing else. */
import { writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, quickstart, serviceSource, smallProject } from '../support/cli.js'

interface Sbom {
  metadata: { component: { name: string; version?: string; hashes: { content: string }[] } }
  components: { purl: string }[]
}

const purls = (project: CliProject, path: string): string[] => (JSON.parse(project.read(path)) as Sbom).components.map(({ purl }) => purl)

/** A package, installed. */
const installed = (name: string, version: string, more: object = {}): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version, main: 'index.js', license: 'MIT', ...more }),
  [`node_modules/${name}/index.js`]: 'module.exports = 1\n',
})

test('the quickstart: the function carries nothing, the layer the runtime; a second time nothing is written', async () => {
  const project = new CliProject(quickstart())
  const first = await project.run(['sbom', 'microservice=app-test', 'stage=dev,prod', '-s', '--json'])
  interface Report {
    ok: boolean
    sboms: { artifact: string; path: string; packages: number; written: boolean }[]
  }
  assert.equal(JSON.parse(first.stdout) as Report, {
    ok: true,
    sboms: [
      { artifact: 'terraform/tmp/app-test-dev.zip', path: 'terraform/tmp/app-test-dev.cdx.json', packages: 0, written: true },
      { artifact: 'terraform/tmp/app-test-prod.zip', path: 'terraform/tmp/app-test-prod.cdx.json', packages: 0, written: true },
      { artifact: 'layer.zip', path: 'layer.cdx.json', packages: 1, written: true },
    ],
  })
  assert.equal(purls(project, 'layer.cdx.json'), ['pkg:npm/coworks@0.1.0'])
  const build = JSON.parse((await project.run(['--json'])).stdout) as { targets: { outputs: { path: string; sha256: string }[] }[] }
  const zip = build.targets.flatMap(({ outputs }) => outputs).find(({ path }) => path === 'terraform/tmp/app-test-dev.zip')
  const { component } = (JSON.parse(project.read('terraform/tmp/app-test-dev.cdx.json')) as Sbom).metadata
  assert.equal([component.name, component.version, component.hashes[0]?.content], ['app-test-dev', '0.0', zip?.sha256])
  const second = await project.run(['sbom', '-Q'])
  assert.is(
    second.stdout,
    "coworks: `app-test-dev' is up to date.\n" +
      'fresh terraform/tmp/app-test-dev.cdx.json  # 0 packages\nfresh layer.cdx.json  # 1 package\n',
  )
})

test('what is bundled is told, what is installed beside it is not; the bytes do not depend on the place', async () => {
  const files = {
    ...smallProject(),
    'src/app.ts': `import used from 'used'\nexport const x = used\n${serviceSource()}`,
    'package.json': '{ "name": "p", "version": "1.0.0", "type": "module", "dependencies": { "used": "1.0.0", "idle": "1.0.0" } }',
    ...installed('used', '1.0.0', { dependencies: { deep: '2.0.0' } }),
    'node_modules/used/index.js': "module.exports = require('deep')\n",
    ...installed('deep', '2.0.0'),
    ...installed('idle', '1.0.0'),
  }
  const texts: string[] = []
  for (const _ of [1, 2]) {
    const project = new CliProject(files)
    const { status, stdout } = await project.run(['sbom', '-Q'])
    assert.match(stdout, 'wrote terraform/tmp/app-test-dev.cdx.json  # 3 packages\n')
    assert.is(status, 0)
    assert.equal(purls(project, 'terraform/tmp/app-test-dev.cdx.json'), [
      'pkg:npm/coworks@0.1.0',
      'pkg:npm/deep@2.0.0',
      'pkg:npm/used@1.0.0',
    ])
    texts.push(project.read('terraform/tmp/app-test-dev.cdx.json'))
    assert.not.match(texts.at(-1) ?? '', project.path)
  }
  assert.is(texts[0], texts[1])
})

test('a file that coworks did not write is left, and a build that fails writes none', async () => {
  const project = new CliProject(smallProject())
  await project.run(['build', '-s'])
  writeFileSync(project.at('terraform/tmp/app-test-dev.cdx.json'), '{}')
  const { status, stderr } = await project.run(['sbom', '-s'])
  assert.is(stderr, 'coworks: *** terraform/tmp/app-test-dev.cdx.json · is there, and coworks did not write it · move it away\n')
  assert.is(status, 2)
  assert.is(project.read('terraform/tmp/app-test-dev.cdx.json'), '{}')
  project.write('src/app.ts', 'const = 1')
  assert.is((await project.run(['sbom', '-s'])).status, 2)
})

test.run()
