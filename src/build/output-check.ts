/**
 * May an output be written where it is declared? Not over a folder, not over a file that this tool did not make, and not
 * through a link to a place outside of the project. Looked at while planning, so that a refusal comes before anything is made.
 */
import { closeSync, lstatSync, openSync, readSync, realpathSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { Problem } from '../util/problem.js'
import type { Target } from './model.js'
import type { World } from './world.js'

export function outputProblems(world: World, target: Target): Problem[] {
  const known = new Set((world.journal.trace(target.id)?.outputs ?? []).map((output) => output.path))
  return target.outputs.flatMap((path): Problem[] => {
    const file = world.snapshot.absolute(path)
    const blocked = folderProblem(world, path)
    if (blocked !== undefined) return [{ where: path, ...blocked }]
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined) return []
    if (stat.isDirectory())
      return [{ where: path, what: 'is to be built, but is a folder', hint: 'move it away, or build to another path' }]
    if (!stat.isFile() && !stat.isSymbolicLink()) return [] // a socket: refused already when it was looked at
    if (known.has(path) || world.journal.interrupted(target.id) || isOurs(target, file)) return []
    return [{ where: path, what: 'exists and was not made by coworks', hint: 'move it away, or build to another path' }]
  })
}

/** What keeps the folder of an output from being made or written: a file in its way, a link that leaves the project. */
function folderProblem(world: World, path: string): Omit<Problem, 'where'> | undefined {
  for (let dir = dirname(path); dir !== '.'; dir = dirname(dir)) {
    let stat: Stats | undefined
    try {
      stat = lstatSync(world.snapshot.absolute(dir), { throwIfNoEntry: false })
    } catch {
      continue // below a file (ENOTDIR): the file itself is met further up
    }
    if (stat === undefined) continue
    if (stat.isDirectory()) continue
    if (!stat.isSymbolicLink()) return { what: `cannot be written: \`${dir}' is no folder`, hint: 'move it away, or build to another path' }
    let real: string
    try {
      real = realpathSync(world.snapshot.absolute(dir))
    } catch {
      return { what: `cannot be written: \`${dir}' is a dangling link`, hint: 'mend it, or remove it' }
    }
    if (!world.snapshot.inside(real)) {
      return { what: `would leave the project: \`${dir}' is a link to another place`, hint: 'build to a folder of the project' }
    }
  }
  return undefined
}

/** Was this file made by the tool, as its first bytes tell? A link never was: what it leads to is somebody's. */
export function isOurs(target: Target, file: string): boolean {
  if (target.recognises === undefined) return true
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (!stat?.isFile()) return false
  const head = Buffer.alloc(512)
  const descriptor = openSync(file, 'r')
  try {
    return target.recognises(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)))
  } finally {
    closeSync(descriptor)
  }
}
