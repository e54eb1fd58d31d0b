/** Which files a layer holds. */
export { type Closure, type ClosurePackage, resolveClosure } from './closure.js'
export { type LayerContents, layerContents } from './contents.js'
export { findInstall, type Install } from './install.js'
export {
  type CodeSizes,
  functionLimitProblems,
  largestPackages,
  layerLimitProblems,
  megabytes,
  type Sized,
  UNZIPPED_LIMIT,
  ZIPPED_LIMIT,
  zippedLimitProblems,
} from './limits.js'
export { type LayerOptions, layerOptionProblems } from './options.js'
export { lockedPackages } from './stale.js'
export type { LayerFile } from './walk.js'
