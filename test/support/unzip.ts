/** A zip as another program reads it: what is in it by name. */
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import yauzl from 'yauzl'

/** @throws Error where two entries have one name */
export async function unzip(file: string): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.fromBuffer(readFileSync(file), { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened))),
  )
  await new Promise<void>((resolve, reject) => {
    zip.on('end', resolve).on('error', reject)
    zip.on('entry', (entry: yauzl.Entry) =>
      zip.openReadStream(entry, (error, stream) => {
        if (error || found.has(entry.fileName)) return void reject(error ?? new Error(`twice: ${entry.fileName}`))
        buffer(stream).then((bytes) => {
          found.set(entry.fileName, bytes)
          zip.readEntry()
        }, reject)
      }),
    )
    zip.readEntry()
  })
  return found
}
