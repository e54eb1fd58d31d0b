/** Software bills of materials, as CycloneDX has them. */
export { type Artifact, cycloneDx, type Shipped } from './cyclonedx.js'
export { bundledPackages, layerPackages, projectNeeds } from './packages.js'
export { sbomPath, writeSbom } from './write.js'
