/** The whole content of a layer: the files of every package and source folder, checked together. */
import { basename, resolve } from 'node:path'
import { CoworksError, type Problem, problemsOf } from '../util/problem.js'
import { type Closure, resolveClosure } from './closure.js'
import type { LayerOptions } from './options.js'
import { type FoundFiles, packageFiles, sourceDirFiles } from './package-files.js'
import { MODULES } from './place.js'

export interface LayerContents extends FoundFiles {
  readonly closure: Closure
}

/** With `sourceDirs` alone a layer holds these and no package. */
const NO_PACKAGES: Closure = { packages: [], consulted: [] }

/**
 * What the layer of the project in `projectDir` (absolute) holds. With `sourceDirs` and no `modules`, packages come too:
 * `modules: []` leaves them out.
 * @param found is told the files of each package and folder as soon as they are known
 * @throws CoworksError with everything that is missing, stale, in conflict, or that would leave the layer empty.
 */
export function layerContents(
  projectDir: string,
  options: LayerOptions = {},
  found: (files: FoundFiles['files']) => void = () => {},
): LayerContents {
  const closure = options.modules?.length === 0 ? NO_PACKAGES : resolveClosure(projectDir, options)
  const problems: Problem[] = []
  const parts: FoundFiles[] = []
  const gather = (read: () => FoundFiles) => {
    try {
      const part = read()
      parts.push(part)
      found(part.files)
    } catch (error) {
      if (!(error instanceof CoworksError)) throw error
      problems.push(...problemsOf(error))
    }
  }
  for (const pkg of closure.packages) gather(() => packageFiles(pkg, options))
  gather(() => sourceDirFiles(projectDir, options))
  const files = parts.flatMap((part) => part.files)
  problems.push(...clashes(projectDir, closure, options))
  if (problems.length === 0 && files.length === 0) {
    const hint = 'npm install what the microservices import, or name `sourceDirs`'
    problems.push({ where: 'Layer', what: 'the layer would be empty, which Lambda refuses', hint })
  }
  if (problems.length > 0) throw new CoworksError(problems)
  return { closure, files, directories: [...new Set(parts.flatMap((part) => part.directories))] }
}

/** A source folder named as a package would mix its files with the package's. */
function clashes(projectDir: string, closure: Closure, options: LayerOptions): Problem[] {
  const problems: Problem[] = []
  const taken = new Map(closure.packages.map((pkg) => [pkg.layerPath, `the package \`${pkg.name}'`]))
  for (const dir of new Set(options.sourceDirs ?? [])) {
    const name = basename(resolve(projectDir, dir))
    const other = taken.get(`${MODULES}/${name}`)
    if (other !== undefined) {
      problems.push({ where: 'Layer', what: `the source folder \`${dir}' has the name of ${other}`, hint: 'rename the folder' })
    }
    taken.set(`${MODULES}/${name}`, `the source folder \`${dir}'`)
  }
  return problems
}
