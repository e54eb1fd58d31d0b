/** The engine's view of the disk, for loaders that must see files as the build sees them. */

export { factsWith, WitnessRows } from './drift.js'
export { MISSING } from './model.js'
export { emptySnapshot, Snapshot } from './snapshot.js'
export { type Drift, encodeWitness, type Facts, type Looks, writeWitness } from './witness.js'
export { World } from './world.js'
