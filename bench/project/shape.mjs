// What a generated project holds, as numbers, and the names that follow from them. Knows no file's contents and no tool.

export const STAGES = ['dev', 'staging', 'prod']
const SEED = 20_240_229

/**
 * `static`: a small module and static files beside it. `full`: everything is TypeScript and reaches the zip through the bundle.
 * `zips`: static files alone, nothing to bundle or to describe.
 */
export function shapeOf({ microservices, files, variant, meanBytes = 6_000 }) {
  return { microservices, files, variant, meanBytes, seed: SEED, stages: STAGES }
}

/** `m0001`, … */
export const modulesOf = ({ microservices }) =>
  Array.from({ length: microservices }, (_, index) => `m${String(index + 1).padStart(4, '0')}`)

/** The microservice of a module, as coworks names it. */
export const serviceOf = (module) => `${module}-api`

const KINDS = ['html', 'json', 'css', 'txt', 'svg', 'md']

/** Files of a module, from `src/`: the module itself first, the others in its folder, ten to a folder. */
export function filesOf({ files, variant }, module) {
  const own = variant === 'zips' ? [] : [`${module}.ts`]
  const others = Array.from({ length: files - own.length }, (_, index) => {
    const name = `f${String(index).padStart(3, '0')}.${variant === 'full' ? 'ts' : KINDS[index % KINDS.length]}`
    return index < 10 ? `${module}/${name}` : `${module}/part${Math.floor(index / 10)}/${name}`
  })
  return [...own, ...others]
}

/** What to give to a zip program to get the files of a module, from `src/`. */
export const rootsOf = ({ variant }, module) => (variant === 'zips' ? [module] : [module, `${module}.ts`])
