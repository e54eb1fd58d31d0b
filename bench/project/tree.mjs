// A generated project on the disk: written once, committed to git so that every tool meets what a user has, and edited for real.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectFiles, revised } from './contents.mjs'
import { packageFiles, packageNames } from './packages.mjs'
import { filesOf, modulesOf } from './shape.mjs'

const IGNORED = [
  'node_modules',
  'nodejs',
  'generated',
  '.coworks',
  'out-*',
  'terraform',
  'zips',
  '*.zip',
  '.turbo',
  '.nx',
  '.wireit',
  'cdk.out',
  '.serverless',
  '.sconsign*',
  '.ninja*',
]

/** Small packages for the layer of an ordinary project; all of it for a project that is a layer. */
const packagesOf = (shape) => ({ seed: shape.seed, ...(shape.variant === 'layer' ? shape.packages : { count: 2, files: 10 }) })

export class Tree {
  constructor(root, shape, repo) {
    this.root = root
    this.shape = shape
    this.repo = repo
    this.modules = shape.variant === 'layer' ? [] : modulesOf(shape)
    this.packages = packageNames(packagesOf(shape).count)
  }

  at(path) {
    return join(this.root, path)
  }

  write(path, text) {
    const file = this.at(path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  read(path) {
    return readFileSync(this.at(path), 'utf8')
  }

  remove(...paths) {
    for (const path of paths) rmSync(this.at(path), { recursive: true, force: true })
  }

  generate() {
    let dir = ''
    const write = ([path, text]) => {
      const file = this.at(path)
      if (dirname(file) !== dir) {
        dir = dirname(file)
        mkdirSync(dir, { recursive: true })
      }
      writeFileSync(file, text)
    }
    mkdirSync(this.root, { recursive: true })
    if (this.shape.variant !== 'layer') for (const file of projectFiles(this.shape, this.modules)) write(file)
    for (const file of packageFiles(packagesOf(this.shape))) write(file)
    const dependencies = Object.fromEntries(this.packages.map((name) => [name, '1.0.0']))
    if (this.shape.variant !== 'layer' && this.shape.variant !== 'zips') dependencies.coworks = '*'
    this.write(
      'package.json',
      `${JSON.stringify({ name: 'bench', private: true, type: 'module', version: '1.0.0', dependencies }, null, 2)}\n`,
    )
    this.write('.gitignore', `${IGNORED.join('\n')}\n`)
    symlinkSync(this.repo, this.at('node_modules/coworks'))
    if (this.shape.variant === 'layer') symlinkSync('.', this.at('nodejs'))
  }

  /** As a user's checkout: everything that is not ignored is committed. */
  commit() {
    // Above this size git streams a file into one pack; a hundred thousand loose objects would take longer than all that is measured.
    const git = (...words) =>
      execFileSync(
        'git',
        ['-c', 'core.bigFileThreshold=1', '-c', 'gc.auto=0', '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...words],
        {
          cwd: this.root,
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      )
    git('init', '-q')
    git('add', '-A')
    git('commit', '-q', '-m', 'generated')
  }

  /** The file that an edit of this kind changes, and the module whose outputs must follow. */
  edited(kind) {
    if (kind === 'package') return { path: `node_modules/${this.packages[this.packages.length >> 1]}/dist/f001.js`, module: undefined }
    const module = this.modules[this.modules.length >> 1]
    // The last file lies deepest; of sources, one that the module imports.
    return { path: `src/${filesOf(this.shape, module).at(-1)}`, module }
  }

  /** Writes the file's edit number `revision`, 0 for as it was. @throws when the text would not change */
  edit(kind, revision) {
    const { path } = this.edited(kind)
    const before = this.read(path)
    const after = revised(before, revision)
    if (after === before) throw new Error(`the edit ${revision} of ${path} changes nothing`)
    writeFileSync(this.at(path), after)
  }
}
