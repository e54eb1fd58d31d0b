/**
 * A revision by its name, and its files in a folder of their own. They are what a clean clone would hold: read from the repository's
 * objects with its own filters and settings, under an index of their own. What the user has checked out, staged or stashed stays as it is.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { nearestHint } from '../util/nearest.js'
import { CoworksError } from '../util/problem.js'
import { git, names, runGit } from './git.js'

export interface Repository {
  /** Absolute folder of the working tree. */
  readonly toplevel: string
  /** The project's folder, from the toplevel; empty where it is the same. */
  readonly prefix: string
}

/** What CI services give for "the commit before" where there is none: the first push of a branch. */
const NO_COMMIT = /^0{40,64}$/
/** `main...`: where this branch left main, as `git diff main...` means it. */
const MERGE_BASE = /^(.+)\.\.\.(HEAD)?$/

/** @throws CoworksError where the folder is in no repository */
export async function repositoryOf(root: string, signal: AbortSignal): Promise<Repository> {
  const { status, stdout, stderr } = await runGit(['rev-parse', '--show-toplevel'], { cwd: root, signal })
  if (status === 0) {
    const toplevel = stdout.replace(/\n$/, '')
    return { toplevel, prefix: relative(toplevel, root) }
  }
  if (/not a git repository|must be run in a work tree/.test(stderr))
    throw new CoworksError({ what: 'the project is in no git repository', hint: 'run it in a clone, or build everything' })
  throw new CoworksError({ where: 'git', what: stderr.trim().split('\n')[0] ?? 'cannot read the repository', detail: stderr.trim() })
}

/** The commit that a name stands for; nothing for the zeros that mean "no commit before". @throws CoworksError */
export async function commitOf({ toplevel }: Repository, name: string, signal: AbortSignal): Promise<string | undefined> {
  if (NO_COMMIT.test(name)) return undefined
  const base = MERGE_BASE.exec(name)?.[1]
  const options = { cwd: toplevel, signal }
  const commit = async (one: string): Promise<string> => {
    const { status, stdout } = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${one}^{commit}`], options)
    if (status === 0) return stdout.trim()
    throw await unknownRevision(one, options)
  }
  if (base === undefined) return commit(name)
  const { status, stdout } = await runGit(['merge-base', await commit(base), 'HEAD'], options)
  if (status === 0) return stdout.trim()
  if (await isShallow(options)) throw shallow(`where this branch left \`${base}'`)
  throw new CoworksError({ where: `--since ${name}`, what: `this branch and \`${base}' have no commit in common`, hint: `--since ${base}` })
}

async function unknownRevision(name: string, options: { cwd: string; signal: AbortSignal }): Promise<CoworksError> {
  if (await isShallow(options)) return shallow(`the revision \`${name}'`)
  const refs = await git(['for-each-ref', '--format=%(refname:short)', 'refs/heads', 'refs/remotes', 'refs/tags'], options)
  return new CoworksError({
    where: '--since',
    what: `unknown revision \`${name}'`,
    hint: nearestHint(name, refs.split('\n').filter(Boolean)),
  })
}

async function isShallow(options: { cwd: string; signal: AbortSignal }): Promise<boolean> {
  return (await runGit(['rev-parse', '--is-shallow-repository'], options)).stdout.trim() === 'true'
}

function shallow(what: string): CoworksError {
  return new CoworksError({
    where: '--since',
    what: `${what} is not in this clone, which is shallow`,
    hint: 'fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 in GitLab, or git fetch --unshallow',
  })
}

/** Puts the files of a commit into `aside`, an empty folder outside of the repository. @throws CoworksError */
export async function putAside(toplevel: string, commit: string, aside: string, signal: AbortSignal): Promise<void> {
  const options = { cwd: toplevel, signal }
  const gitDir = await git(['rev-parse', '--absolute-git-dir'], options)
  const path = async (name: string) => git(['rev-parse', '--path-format=absolute', '--git-path', name], options)
  mkdirSync(aside, { recursive: true })
  await git(['init', '--quiet', '--template=', aside], options)
  const own = join(aside, '.git')
  mkdirSync(join(own, 'objects/info'), { recursive: true })
  // Its commands may ask git of the past: they see the same objects and tags, and can write to neither.
  writeFileSync(join(own, 'objects/info/alternates'), `${await path('objects')}\n`)
  const boundary = await path('shallow')
  if (existsSync(boundary)) cpSync(boundary, join(own, 'shallow'))
  const tags = await git(['for-each-ref', '--format=create %(refname) %(objectname)', 'refs/tags'], options)
  await git(['update-ref', '--stdin'], { cwd: aside, signal, input: tags === '' ? '' : `${tags}\n` })
  await git(['update-ref', '--no-deref', 'HEAD', commit], { cwd: aside, signal })
  // With the repository's own settings: line ends, filters, objects that it fetches only when they are asked for.
  const words = [`--git-dir=${gitDir}`, `--work-tree=${aside}`, '-c', 'core.sparseCheckout=false', 'read-tree', '--reset', '-u', commit]
  await git(words, { cwd: aside, signal, env: { GIT_INDEX_FILE: join(own, 'index') } })
  await putSubmodules(toplevel, aside, signal)
}

/** A submodule that is checked out here is put there as the commit has it; one that is not stays empty, as in a clone. */
async function putSubmodules(toplevel: string, aside: string, signal: AbortSignal): Promise<void> {
  for (const line of names(await git(['ls-files', '-z', '--stage'], { cwd: aside, signal }))) {
    const [, commit = '', path = ''] = /^160000 ([0-9a-f]+) \d\t(.*)$/s.exec(line) ?? []
    if (path === '' || !existsSync(join(toplevel, path, '.git'))) continue
    const there = await runGit(['cat-file', '-e', `${commit}^{commit}`], { cwd: join(toplevel, path), signal })
    if (there.status !== 0) {
      throw new CoworksError({
        where: path,
        what: `the commit of this submodule then, ${commit.slice(0, 12)}, is not in this clone`,
        hint: `git -C ${path} fetch origin ${commit.slice(0, 12)}`,
      })
    }
    await putAside(join(toplevel, path), commit, join(aside, path), signal)
  }
}
