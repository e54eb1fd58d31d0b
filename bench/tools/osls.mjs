// osls, the open fork of the Serverless Framework: `package` for each of the stages, one after the other, as it knows one at a time.
// Without the layer: for one, it asks CloudFormation.
import { join } from 'node:path'
import { rootsOf } from '../project/shape.mjs'
import { peerVersion } from './peers.mjs'

const OUT = 'out-osls'

function serverlessFile({ modules, shape }) {
  const lines = ['service: bench', 'configValidationMode: off', 'provider:', '  name: aws', '  runtime: nodejs22.x']
  lines.push('package:', '  individually: true', '  excludeDevDependencies: false', 'functions:')
  for (const module of modules) {
    lines.push(`  ${module}:`, '    handler: index.handler', '    package:', '      patterns:', "        - '!**'")
    for (const root of rootsOf(shape, module)) lines.push(`        - 'src/${root}${root.endsWith('.ts') ? '' : '/**'}'`)
  }
  return `${lines.join('\n')}\n`
}

const zips = (tree, module) =>
  tree.shape.stages.flatMap((stage) => (module === undefined ? tree.modules : [module]).map((one) => tree.at(`${OUT}/${stage}/${one}.zip`)))

export const osls = {
  name: 'osls',
  title: 'osls package',
  needs: ['timeout'],
  npm: true,
  ownTree: true,
  rewrites: true,
  // Nothing is sent with these: it refuses to package without.
  environment: {
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_EC2_METADATA_DISABLED: 'true',
    SLS_TELEMETRY_DISABLED: '1',
    SLS_NOTIFICATIONS_MODE: 'off',
  },
  version: peerVersion('osls'),
  setUp(tree) {
    // A link out of the project, which its search for files would follow, round and round.
    tree.remove('node_modules/coworks')
    tree.write('serverless.yml', serverlessFile(tree))
  },
  clear: (tree) => tree.remove(OUT, '.serverless'),
  words: (tree, { peers }) => {
    const one = `${process.execPath} ${join(peers, 'node_modules/.bin/osls')} package`
    // Where it hangs, all three are to end.
    return [
      'timeout',
      '250',
      'sh',
      '-c',
      tree.shape.stages.map((stage) => `${one} --stage ${stage} --package ${OUT}/${stage}`).join(' && '),
    ]
  },
  made: zips,
  zips,
}
