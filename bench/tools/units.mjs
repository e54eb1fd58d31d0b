// What a peer has to make of a tree: a zip for each microservice and one for the layer, and a file for each stage of each. Paths are from
// the tree's root. Shared by all peers, so that they do the same work.
import { readdirSync } from 'node:fs'
import { filesOf, rootsOf } from '../project/shape.mjs'

/** { name, dir, roots, files, stages }: zip `roots` from `dir`; `files` are what it is made of; a file is rendered for each stage. */
export function unitsOf(tree) {
  const { shape, modules } = tree
  const services = modules.map((module) => ({
    name: module,
    dir: 'src',
    roots: rootsOf(shape, module),
    files: filesOf(shape, module).map((path) => `src/${path}`),
    stages: shape.variant === 'zips' ? [] : shape.stages,
  }))
  if (shape.variant === 'zips') return services
  return [...services, layerUnit(tree)]
}

function layerUnit({ root, shape, packages }) {
  const files = packages.flatMap((name) =>
    readdirSync(`${root}/node_modules/${name}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(root.length + 1)),
  )
  return {
    name: 'layer',
    dir: '.',
    roots: layerRoots({ packages, shape }),
    files: files.sort(),
    stages: shape.variant === 'layer' ? [] : shape.stages,
  }
}

/** What to zip from the tree's root; a scope is one folder. A layer of its own has the names that Lambda wants, by the link `nodejs`. */
export const layerRoots = ({ packages, shape }) => {
  const prefix = shape.variant === 'layer' ? 'nodejs/' : ''
  return [...new Set(packages.map((name) => `${prefix}node_modules/${name.split('/')[0]}`))]
}

export const zipOf = (out, { name }) => `${out}/${name}.zip`
export const renderedOf = (out, { name }, stage) => `${out}/${name}.${stage}.tf`

/** Everything that a peer makes, and of that what must change with a module (the layer where none is named). */
export function madeBy(tree, out, module) {
  const units = unitsOf(tree).filter(({ name }) => module === undefined || name === module)
  return units
    .flatMap((unit) => [zipOf(out, unit), ...unit.stages.map((stage) => renderedOf(out, unit, stage))])
    .map((path) => tree.at(path))
}
