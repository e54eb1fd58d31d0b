// What a benchmark clears away between two runs is moved aside, and deleted when all is measured. ext4 without a journal, as small virtual machines
// have it, does not give out the inode of a deleted file for a minute or more: it goes over them one by one for every file that is made. After a few
// thousand deletions a new file takes 0.5 ms instead of 0.02, and whoever makes most of them pays for all that were deleted before.
import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

let count = 0

/** `path`: absolute. Onto the same file system, beside the projects in `work`. */
export function putAside(path, work) {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return
  const to = join(trashOf(work), `${process.pid}-${++count}`)
  mkdirSync(dirname(to), { recursive: true })
  renameSync(path, to)
}

export function emptyTrash(work) {
  rmSync(trashOf(work), { recursive: true, force: true })
}

const trashOf = (work) => join(work, 'trash')
