/** Sends to their buckets the zips that files of Terraform expect there: for `coworks upload`, and for what applies by itself. */
import { join } from 'node:path'
import { megabytes } from '../layer/index.js'
import type { StoredObject } from '../project/artifacts.js'

export interface Uploaded extends StoredObject {
  /** `there`: nothing had to be sent. `missing`: it would have to be. */
  readonly outcome: 'uploaded' | 'there' | 'missing'
}

export interface UploadOptions {
  readonly root: string
  /** Only looks. */
  readonly dryRun: boolean
  readonly signal: AbortSignal
  readonly told: (one: Uploaded) => void
}

/** One after the other, so that what is told is in order. Loads nothing where there is nothing to send. @throws CoworksError */
export async function uploadArtifacts(
  objects: readonly StoredObject[],
  { root, dryRun, signal, told }: UploadOptions,
): Promise<Uploaded[]> {
  if (objects.length === 0) return []
  const { openArtifactStore } = await import('../update/artifact-store.js')
  const store = openArtifactStore({ signal })
  const done: Uploaded[] = []
  for (const object of objects) {
    const artifact = { ...object, file: join(root, object.file) }
    const outcome = dryRun ? ((await store.has(artifact)) ? 'there' : 'missing') : (await store.put(artifact)) ? 'uploaded' : 'there'
    const one: Uploaded = { ...object, outcome }
    told(one)
    done.push(one)
  }
  return done
}

export function uploadedText({ outcome, file, bucket, key, size }: Uploaded): string {
  return `${outcome} s3://${bucket}/${key}  # ${file}, ${megabytes(size)}`
}
