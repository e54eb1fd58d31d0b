// AWS CDK: a stack for each stage, a function for each microservice, a layer. Its `synth` hashes the sources, copies what is new into cdk.out
// and writes the templates; zipping is left to its deployment.
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { peerVersion } from './peers.mjs'
import { layerRoots } from './units.mjs'

const OUT = 'cdk.out'

const app = (tree) => `const { App, Stack, SymlinkFollowMode } = require('aws-cdk-lib')
const lambda = require('aws-cdk-lib/aws-lambda')
const iam = require('aws-cdk-lib/aws-iam')

const app = new App()
for (const stage of ${JSON.stringify(tree.shape.stages)}) {
  const stack = new Stack(app, \`bench-\${stage}\`)
  const role = new iam.Role(stack, 'role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') })
  const layer = new lambda.LayerVersion(stack, 'layer', { code: lambda.Code.fromAsset('layer', { followSymlinks: SymlinkFollowMode.ALWAYS }) })
  for (const name of ${JSON.stringify(tree.modules)})
    new lambda.Function(stack, name, {
      functionName: \`\${name}-\${stage}\`,
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(\`src/\${name}\`),
      layers: [layer],
      role,
      environment: { WORKSPACE: stage },
    })
}
`

export const cdk = {
  name: 'cdk',
  title: 'cdk synth',
  needs: [],
  npm: true,
  ownTree: true,
  rewrites: true,
  environment: { CDK_DISABLE_CLI_TELEMETRY: 'true', AWS_REGION: 'eu-west-1', JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1' },
  version: peerVersion('aws-cdk'),
  setUp(tree, { peers }) {
    tree.write('app.cjs', app(tree))
    const options = { app: 'node app.cjs', versionReporting: false, pathMetadata: false, assetMetadata: false }
    tree.write('cdk.json', JSON.stringify(options))
    tree.remove('layer', 'node_modules/aws-cdk-lib', 'node_modules/constructs')
    tree.write('layer/.keep', '')
    for (const root of layerRoots(tree)) symlinkSync(tree.at(root), tree.at(`layer/${root.slice('node_modules/'.length)}`))
    for (const name of ['aws-cdk-lib', 'constructs']) symlinkSync(join(peers, 'node_modules', name), tree.at(`node_modules/${name}`))
  },
  clear: (tree) => tree.remove(OUT),
  words: (_tree, { peers }) => [join(peers, 'node_modules/.bin/cdk'), 'synth', '--quiet', '--no-notices'],
  made: (tree) => tree.shape.stages.map((stage) => tree.at(`${OUT}/bench-${stage}.template.json`)),
  zips: () => [],
  /** It copies folders: one for each microservice, and the layer's. */
  check(tree) {
    const copied = existsSync(tree.at(OUT)) ? readdirSync(tree.at(OUT)).filter((name) => name.startsWith('asset.')).length : 0
    if (copied < tree.modules.length) throw new Error(`cdk synth: ${copied} folders copied, not ${tree.modules.length}`)
  },
}
