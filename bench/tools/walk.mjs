// The floor "walk + lstat": reads every folder and looks at every file, in one thread, and does nothing with what it sees.
import { lstatSync, readdirSync } from 'node:fs'

let seen = 0
function walk(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) walk(path)
    else seen += lstatSync(path).size > 0 ? 1 : 0
  }
}
walk(process.argv[2])
if (seen === 0) process.exitCode = 1
