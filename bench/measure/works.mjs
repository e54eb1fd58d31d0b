// What is measured: how a tree is brought into the state before a run, and what must be true after it. A run that did not do the work, or
// did what was not to be done, is an error and no time.
import { readFileSync } from 'node:fs'
import { contents, entryCount, untouched } from '../tools/outputs.mjs'

/** Every output is there, and the zips hold as many files as they were given, where the tool zips files as they are. */
function assertMade(tool, tree) {
  untouched(tool.made(tree))
  tool.check?.(tree)
  if (tool.zips(tree).length === 0) return
  const entries = tool.zips(tree).reduce((sum, file) => sum + entryCount(readFileSync(file)), 0)
  const least = tool.leastEntries?.(tree) ?? tree.shape.files * tree.shape.microservices
  if (entries < least) throw new Error(`${tool.title}: ${entries} files in its zips, not ${least}`)
}

/** before(tool, tree, { edit, context }) → what after(tool, tree, that) compares with. */
export const WORKS = {
  start: { before() {}, after() {} },

  null: {
    before: (tool, tree) => (tool.rewrites ? undefined : untouched(tool.made(tree))),
    after(tool, tree, seen) {
      if (seen !== undefined && untouched(tool.made(tree)) !== seen) throw new Error(`${tool.title}: a null build wrote an output`)
      if (seen === undefined) untouched(tool.made(tree))
    },
  },

  cold: {
    before: (tool, tree, { context }) => tool.clear(tree, context),
    after: (tool, tree) => assertMade(tool, tree),
  },

  warm: {
    before: (tool, tree) => (tool.keepCache ?? tool.clear)(tree),
    after: (tool, tree) => assertMade(tool, tree),
  },

  edit: {
    before: (tool, tree, { edit }) => ({ files: tool.made(tree, edit.module), was: contents(tool.made(tree, edit.module)) }),
    after(tool, _tree, { files, was }) {
      const now = contents(files)
      const same = files.filter((_, index) => now[index] === was[index])
      if (same.length > 0) throw new Error(`${tool.title}: ${same.length} of ${files.length} outputs did not follow the edit, ${same[0]}`)
    },
  },
}
