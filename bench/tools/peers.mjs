// The peers that npm has: pinned here, installed once into a folder that git ignores. Nothing of theirs is run while they are installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PINNED = {
  turbo: '2.11.11',
  nx: '24.0.6',
  wireit: '0.14.13',
  'aws-cdk': '2.1148.1',
  'aws-cdk-lib': '2.276.0',
  constructs: '10.8.1',
  osls: '4.3.1',
}

const manifest = `${JSON.stringify({ name: 'bench-peers', private: true, dependencies: PINNED }, null, 2)}\n`

/** Why they are not there, or nothing. */
export function installPeers(folder, say) {
  const file = join(folder, 'package.json')
  if (existsSync(join(folder, 'installed')) && readFileSync(file, 'utf8') === manifest) return undefined
  say('installing turbo, nx, wireit, aws-cdk and osls')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, manifest)
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-progress']
  const { status, stderr, error } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) return `npm could not install it: ${(error?.message ?? stderr).trim().split('\n')[0]}`
  writeFileSync(join(folder, 'installed'), '')
  return undefined
}

export const peerVersion = (name) => () => PINNED[name]
