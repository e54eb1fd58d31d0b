// The peer "archiver": zips folders with the package of that name, at zlib's usual level. node archive.mjs OUT FOLDER …
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ZipArchive } from 'archiver'

const [out, ...folders] = process.argv.slice(2)
const archive = new ZipArchive({ zlib: { level: 6 } })
const written = pipeline(archive, createWriteStream(out))
for (const folder of folders) archive.directory(folder, folder)
await archive.finalize()
await written
