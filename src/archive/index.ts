/** A list of entries -> a reproducible zip. */
export { forgetPacked, readAhead } from './ahead.js'
export { checkEntries, type EntrySource, entryNameProblem, manifestDigest, type ZipEntry } from './entry.js'
export type { Earlier } from './keep.js'
export { isNativeName, type NativeFile, nativeFiles } from './native.js'
export { writeZip, type ZipOptions, type ZipResult } from './write-zip.js'
