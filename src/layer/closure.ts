/**
 * Which packages a layer holds: what the project needs at run time, and what that needs, each as it is installed. Says
 * everything that is missing or stale at once. Decides no files: see package-files.ts.
 */
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { byCodeUnit } from '../util/hash.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError, type Problem, problemsOf } from '../util/problem.js'
import { findInstall, type Install } from './install.js'
import { Lookup } from './lookup.js'
import { isPackageName, type Manifest, type Need, readManifest } from './manifest.js'
import { filterOf, type LayerOptions } from './options.js'
import { type Arrow, place } from './place.js'
import { RUNTIME } from './runtime.js'
import { type Locked, lockedPackages, lockProblems, rangeProblem, versionProblem } from './stale.js'

export interface ClosurePackage {
  /** The name it is imported by. */
  readonly name: string
  readonly version: string
  /** Absolute, links resolved. The same folder comes twice where two places in the layer need it. */
  readonly dir: string
  /** `nodejs/node_modules/a`, or `nodejs/node_modules/a/node_modules/b` beside another version of `b`. */
  readonly layerPath: string
  /** The package that needs it, or `package.json`. */
  readonly requiredBy: string
}

export interface Closure {
  /** Sorted by `layerPath`. */
  readonly packages: readonly ClosurePackage[]
  /**
   * Every path, absolute, whose content or absence decided the result: package.json files, the lockfile, and places where
   * a package or a node_modules folder was looked for and not found.
   */
  readonly consulted: readonly string[]
}

/**
 * The production closure of the project in `projectDir` (absolute): `dependencies`, installed `optionalDependencies`, and
 * installed peers that are not optional; of the package `coworks` itself only the runtime, without its dependencies.
 * @throws CoworksError with every package that is missing or stale.
 */
export function resolveClosure(projectDir: string, options: LayerOptions = {}): Closure {
  filterOf(options) // options that are none fail before a folder is read
  const consulted = new Set<string>()
  const project = realpathSync.native(projectDir)
  const file = join(project, 'package.json')
  consulted.add(file)
  if (!existsSync(file)) {
    const hint = 'run: npm init -y, then npm install what the microservices need'
    throw new CoworksError({ where: 'package.json', what: 'there is none, so nothing says what the layer holds', hint })
  }
  const manifest = readManifest(file, 'package.json')
  const install = findInstall(project, consulted)
  const locked = lockedPackages(install)
  const walk = new Walk(project, install, locked, new Lookup(install, consulted))
  const roots = walk.roots(rootNeeds(manifest, options), options.modules !== undefined, manifest)
  walk.close()
  const problems = [...walk.problems, ...lockProblems(install, locked, walk.found)]
  if (problems.length > 0) throw new CoworksError(problems)
  const packages = place(roots, walk.needs).map(({ requiredBy, ...rest }) => ({
    ...rest,
    version: walk.found.get(rest.dir)?.version ?? '',
    requiredBy: requiredBy ?? 'package.json',
  }))
  return { packages, consulted: [...consulted].sort(byCodeUnit) }
}

function rootNeeds(manifest: Manifest, options: LayerOptions): readonly Need[] {
  if (options.modules === undefined) return manifest.needs
  const declared = new Map(manifest.needs.map((need) => [need.name, need]))
  return [...new Set(options.modules)].sort(byCodeUnit).map((name) => ({ name, range: declared.get(name)?.range ?? '*', kind: 'required' }))
}

/** Breadth first through the installed packages, in an order that package names alone decide. */
class Walk {
  readonly problems: Problem[] = []
  readonly found = new Map<string, Manifest>()
  readonly needs = new Map<string, Arrow[]>()
  readonly #queue: string[] = []

  constructor(
    readonly project: string,
    readonly install: Install,
    readonly locked: Locked,
    readonly lookup: Lookup,
  ) {}

  roots(needs: readonly Need[], chosen: boolean, manifest: Manifest): Arrow[] {
    const arrows: Arrow[] = []
    for (const need of needs) {
      const declared = manifest.needs.find(({ name }) => name === need.name)
      const dir = this.#arrive(need.name, this.project)
      if (dir !== undefined) arrows.push({ name: need.name, dir })
      const range = declared === undefined ? undefined : rangeProblem(this.install, this.locked, this.project, declared)
      if (range !== undefined) this.problems.push(range)
      else if (dir === undefined && need.kind === 'required') {
        this.problems.push(chosen && declared === undefined ? this.#unknown(need.name, manifest) : this.#missing('package.json', need.name))
      } else if (dir !== undefined && declared !== undefined) {
        const installed = this.found.get(dir)
        if (installed === undefined) continue // told already: its package.json cannot be read
        const problem = versionProblem(this.install, this.project, declared, installed.version)
        // Where the lockfile differs too, that is told, once.
        if (problem !== undefined && lockProblems(this.install, this.locked, [[dir, installed]]).length === 0) this.problems.push(problem)
      }
    }
    return arrows
  }

  close(): void {
    for (const dir of this.#queue) {
      const manifest = this.found.get(dir)
      const arrows: Arrow[] = []
      this.needs.set(dir, arrows)
      if (manifest === undefined || manifest.name === RUNTIME) continue
      for (const need of manifest.needs) {
        const at = this.#arrive(need.name, dir)
        if (at !== undefined) arrows.push({ name: need.name, dir: at })
        else if (need.kind === 'required') this.problems.push(this.#missing(manifest.name, need.name))
      }
    }
  }

  /** The folder of `name` seen from `from`; the first time, its package.json is read and its own needs queued. */
  #arrive(name: string, from: string): string | undefined {
    const dir = this.lookup.find(name, from)
    if (dir === undefined || this.found.has(dir)) return dir
    try {
      this.found.set(dir, this.lookup.manifest(dir))
      this.#queue.push(dir)
    } catch (error) {
      this.problems.push(...problemsOf(error))
    }
    return dir
  }

  #missing(where: string, name: string): Problem {
    if (!isPackageName(name)) return { where, what: `\`${name}' is no package name` }
    const asked = where === 'package.json' ? 'is in package.json' : `is needed by \`${where}'`
    if (existsSync(join(this.install.root, '.pnp.cjs'))) {
      const hint = 'set nodeLinker: node-modules in .yarnrc.yml, then run: yarn install'
      return { where, what: `\`${name}' ${asked} but Plug'n'Play keeps it in an archive, and a layer needs files`, hint }
    }
    return { where, what: `\`${name}' ${asked} but not installed`, hint: `run: ${this.install.command}` }
  }

  #unknown(name: string, manifest: Manifest): Problem {
    const known = manifest.needs.map((need) => need.name)
    return { where: 'Layer', what: `\`modules' names \`${name}', which is not installed`, hint: nearestHint(name, known) }
  }
}
