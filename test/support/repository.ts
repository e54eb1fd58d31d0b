/** A git repository in a temporary folder, for tests of what reads one. Every commit has the same author and no clock of its own. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Built } from './built.js'

const IDENTITY = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
}

export function git(dir: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', words, {
    cwd: dir,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: dir, ...IDENTITY },
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`)
  return stdout.trim()
}

/** Its working tree is a project (or holds one), built by the package as it is now. */
export class Repository extends Built {
  constructor(files: Readonly<Record<string, string>>) {
    super({ '.gitignore': 'node_modules\n.coworks\n*.zip\n/notes.txt\n/terraform/*.tf\n', ...files })
    git(this.path, 'init', '-q', '-b', 'main')
  }

  git(...words: string[]): string {
    return git(this.path, ...words)
  }

  /** Commits all there is. Returns its hash. */
  commit(message = 'a change'): string {
    this.git('add', '-A')
    this.git('commit', '-q', '--allow-empty', '-m', message)
    return this.git('rev-parse', 'HEAD')
  }

  /** Writes these, removes those that are undefined, commits. */
  change(files: Readonly<Record<string, string | undefined>>, message?: string): string {
    for (const [path, text] of Object.entries(files)) {
      if (text === undefined) rmSync(this.at(path), { recursive: true })
      else {
        mkdirSync(dirname(this.at(path)), { recursive: true })
        writeFileSync(this.at(path), text)
        chmodSync(this.at(path), 0o644)
      }
    }
    return this.commit(message)
  }
}
