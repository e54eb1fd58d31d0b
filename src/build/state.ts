/** The engine's view of the disk, for loaders that must see files as the build sees them. */
export { MISSING } from './model.js'
export { emptySnapshot, Snapshot } from './snapshot.js'
export { type Facts, type Looks, writeWitness } from './witness.js'
export { World } from './world.js'
