// npm puts node_modules/.bin first on the PATH, where the other versions of Node that the tests use leave a `node` of their own: without this, what npm
// runs would silently run on that version, not on the one that is installed.
import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** Takes that folder out of the PATH, and where this is the wrong Node runs the program again by the right one. @param root of the package */
export function runByOwnNode(root) {
  const ownNode = process.env.npm_node_execpath ?? process.execPath
  const bin = join(root, 'node_modules/.bin')
  process.env.PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((dir) => resolve(dir) !== bin)
    .join(delimiter)
  if (realpathSync(ownNode) === realpathSync(process.execPath)) return
  const again = spawnSync(ownNode, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(again.status ?? 1)
}
