/**
 * The writer for a few entries, such as a bundled function: archiver, given one buffer at a time with a fixed date and
 * mode, because its own reading of files races their order and takes their times.
 */
import { contentOf } from './content.js'
import type { ZipEntry } from './entry.js'
import type { Output } from './output.js'
import type { WriterOptions } from './write-large.js'

/** archiver writes the UTC fields of a date unless told `forceLocalTime`, so this is the same day in every time zone. */
const DATE = new Date(Date.UTC(1980, 0, 1))

/** `entries`: sorted and checked. */
export async function writeSmall(entries: readonly ZipEntry[], output: Output, options: WriterOptions): Promise<void> {
  const { ZipArchive } = await import('archiver') // 90 ms that a build with nothing to pack must not spend
  const archive = new ZipArchive({ zlib: { level: options.level } })
  const fill = async () => {
    for (const entry of entries) {
      options.signal?.throwIfAborted()
      const content = contentOf(entry)
      const taken = new Promise<void>((done) => {
        archive.once('entry', () => done())
      })
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
      // Nothing is left to a default: archiver's date is now, its mode follows the kind of entry.
      archive.append(bytes, { name: entry.name, date: DATE, mode: entry.mode, store: options.level === 0 || bytes.length === 0 })
      await taken
    }
    await archive.finalize()
  }
  const filled = fill()
  filled.catch((error) => archive.destroy(error)) // ends the loop below, which then throws the same error
  archive.on('warning', (error) => archive.destroy(error)) // archiver's word for a file it left out
  for await (const chunk of archive as AsyncIterable<Uint8Array>) output.write(chunk)
  await filled
}
