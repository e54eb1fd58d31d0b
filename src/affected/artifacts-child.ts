/**
 * The process that builds a revision aside. Its Coworksfile, and the functions in it, are another program than those of the working
 * tree: in a process of their own neither sees what the other did to it. Talks to its parent over IPC; what the revision prints is its parent's to keep.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { StageName } from '../project/api-types.js'
import { MARK } from '../project/rendered-file.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { thrownText } from '../util/thrown.js'
import { buildSide } from './build-side.js'
import type { BuiltProject } from './compare.js'

export interface RevisionOrder {
  readonly root: string
  readonly file: string | undefined
  readonly variables: Readonly<Record<string, string>>
  readonly jobs: number
  readonly cache: { readonly disabled?: boolean; readonly readonly?: boolean; readonly dir: string }
  /** Built where the revision declares them. */
  readonly stages: readonly StageName[]
  readonly everything: boolean
  /** Files from the working tree's project that git does not track, where the revision has none of that name. */
  /** Files of stages that are not built: the file that all stages share names those that there are. */
  readonly standing: readonly string[]
  readonly carried: { readonly from: string; readonly paths: readonly string[] }
}

export type RevisionAnswer = { readonly built: BuiltProject } | { readonly problems: readonly Problem[] }

async function answer({
  root,
  file,
  variables,
  jobs,
  cache,
  stages,
  everything,
  carried,
  standing,
}: RevisionOrder): Promise<RevisionAnswer> {
  for (const path of standing) {
    if (existsSync(join(root, path))) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `# ${MARK}, for a stage that is not compared.\n`)
  }
  for (const path of carried.paths) {
    if (existsSync(join(root, path))) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    cpSync(join(carried.from, path), join(root, path))
  }
  const asked = new Set(stages.map(({ microservice, stage }) => `${microservice} ${stage}`))
  const side = {
    options: { root, file, variables, jobs, keepGoing: true, cache, command: 'coworks affected' },
    wanted: (declared: readonly StageName[]) => declared.filter(({ microservice, stage }) => asked.has(`${microservice} ${stage}`)),
    everything,
    alone: true,
    untracked: false,
  }
  try {
    return { built: await buildSide(side, new AbortController().signal) }
  } catch (error) {
    return { problems: error instanceof CoworksError ? error.problems : [{ what: thrownText(error) }] }
  }
}

// A parent that was killed wants no answer any more.
process.once('disconnect', () => process.exit())
process.once('message', (order: RevisionOrder) => {
  answer(order).then((said) => process.send?.(said, () => process.disconnect()))
})
