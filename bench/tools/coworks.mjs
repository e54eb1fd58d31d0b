// coworks itself: the project's real Coworksfile, and the command as a user types it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceOf } from '../project/shape.mjs'

function coworksfile(tree) {
  const { shape } = tree
  if (shape.variant === 'layer') return `import { Layer } from 'coworks/cws'\n\nLayer('layer.zip')\n`
  if (shape.variant === 'zips')
    return `import { Layer } from 'coworks/cws'

for (const name of ${JSON.stringify(tree.modules)}) Layer(\`zips/\${name}.zip\`, { modules: [], sourceDirs: [\`src/\${name}\`] })
`
  const tuples = tree.modules.map((module) => `    ['${serviceOf(module)}', stages, { src: [AllFiles('src/${module}')] }],`)
  return `import { AllFiles, CwsProject, Layer } from 'coworks/cws'

const stages = ${JSON.stringify(shape.stages)}
Layer('layer.zip')
CwsProject(
  [],
  [
${tuples.join('\n')}
  ],
)
`
}

const zip = (module, stage) => `terraform/tmp/${serviceOf(module)}-${stage}.zip`
const rendered = (module, stage) => `terraform/${serviceOf(module)}.${stage}.tf`

function deployed(tree, module, stage) {
  const name = `${serviceOf(module)}_${stage}`
  const hash = /source_code_hash = "([^"]+)"/.exec(tree.read(rendered(module, stage)))?.[1]
  if (hash === undefined) throw new Error(`no hash in ${rendered(module, stage)}`)
  const attributes = { function_name: `${serviceOf(module)}-${stage}`, arn: `arn:${name}`, source_code_hash: hash }
  const provider = 'provider["registry.terraform.io/hashicorp/aws"]'
  return { mode: 'managed', type: 'aws_lambda_function', name, provider, instances: [{ schema_version: 0, attributes, dependencies: [] }] }
}

export const coworks = {
  name: 'coworks',
  title: 'coworks',
  needs: [],
  version: (repo) => JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8')).version,
  setUp(tree) {
    tree.write('Coworksfile.ts', coworksfile(tree))
  },
  clear(tree) {
    tree.remove('.coworks', 'terraform', 'zips', 'layer.zip')
  },
  /** A new branch, a machine of CI: of all that was built, the cache alone is left. */
  keepCache(tree) {
    tree.remove(
      'terraform',
      'zips',
      'layer.zip',
      '.coworks/journal',
      '.coworks/stat',
      '.coworks/build',
      '.coworks/code',
      '.coworks/coworksfile.json',
    )
  },
  /** What Terraform would remember after an apply of what is built now, as far as the taints ask. */
  deploy(tree) {
    const resources = tree.modules.flatMap((module) => tree.shape.stages.map((stage) => deployed(tree, module, stage)))
    const state = { version: 4, terraform_version: '1.11.4', serial: 1, lineage: 'bench', outputs: {}, resources }
    tree.write('terraform/terraform.tfstate', JSON.stringify(state))
  },
  words: (tree) => [
    process.execPath,
    join(tree.repo, 'dist/coworks.cjs'),
    ...(tree.shape.variant === 'layer'
      ? ['layer.zip']
      : tree.shape.variant === 'zips'
        ? tree.modules.map((one) => `zips/${one}.zip`)
        : ['stage=all']),
  ],
  made(tree, module) {
    const { shape, modules } = tree
    if (shape.variant === 'layer') return [tree.at('layer.zip')]
    const of = module === undefined ? modules : [module]
    if (shape.variant === 'zips') return of.map((one) => tree.at(`zips/${one}.zip`))
    const own = of.flatMap((one) => shape.stages.flatMap((stage) => [zip(one, stage), rendered(one, stage)]))
    const shared = module === undefined ? ['layer.zip', ...modules.map((one) => `terraform/${serviceOf(one)}.tf`)] : []
    return [...own, ...shared].map((path) => tree.at(path))
  },
  /** What is bundled is one file, in the zip of each stage. */
  leastEntries({ shape }) {
    if (shape.variant === 'layer') return shape.packages.count * shape.packages.files
    return shape.variant === 'full' ? shape.microservices * shape.stages.length : shape.microservices * shape.files
  },
  zips: (tree) => coworks.made(tree).filter((path) => path.endsWith('.zip')),
}
