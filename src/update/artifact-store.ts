/**
 * Zips in S3, under keys that hold the hash of their bytes. An object is sent only if there is none, so two machines that build the same
 * cannot disturb each other, and what is there is never believed without its checksum. Region, profile, credentials and endpoint are
 * found as every AWS tool finds them. Load this module late: its SDK takes a tenth of a second.
 */
import { readFile } from 'node:fs/promises'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { sha256, sha256Base64 } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { requestHandler, TIMEOUTS, type Timeouts, timedOut, within } from './timeouts.js'

export interface ArtifactToStore {
  readonly bucket: string
  readonly key: string
  /** Of the bytes, hex. */
  readonly sha256: string
  readonly size: number
  /** Absolute path; read only if there is no object yet. */
  readonly file: string
}

export interface ArtifactStore {
  /** Looks only. @throws CoworksError for an object that is not what its key says, and where S3 cannot be asked */
  has(artifact: ArtifactToStore): Promise<boolean>
  /** Sends it if there is none. @returns whether it was sent. @throws CoworksError */
  put(artifact: ArtifactToStore): Promise<boolean>
}

export interface ArtifactStoreSettings {
  /** Instead of AWS_REGION, AWS_DEFAULT_REGION and the profile's. */
  readonly region?: string | undefined
  /** Instead of AWS_PROFILE. */
  readonly profile?: string | undefined
  readonly signal: AbortSignal
  readonly timeouts?: Timeouts
}

export function openArtifactStore({ region, profile, signal, timeouts = TIMEOUTS }: ArtifactStoreSettings): ArtifactStore {
  // Else the SDK says on every run that it will want a newer Node one day.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  // AWS_DEFAULT_REGION is read by the command line of AWS and by Terraform, but not by this SDK.
  const named = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
  const client = new S3Client({
    ...(named === undefined || named === '' ? {} : { region: named }),
    ...(profile === undefined ? {} : { profile }),
    // As Terraform's provider is told of an emulator whose buckets are no host names.
    forcePathStyle: process.env.AWS_S3_USE_PATH_STYLE === 'true',
    requestHandler: requestHandler(timeouts),
  })
  return new S3Store(client, signal, timeouts)
}

class S3Store implements ArtifactStore {
  constructor(
    private readonly client: S3Client,
    private readonly signal: AbortSignal,
    private readonly timeouts: Timeouts,
  ) {}

  async has(artifact: ArtifactToStore): Promise<boolean> {
    const { bucket: Bucket, key: Key, sha256, size } = artifact
    const head = new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' })
    const found = await this.asked(artifact, 's3:GetObject and s3:ListBucket', this.timeouts.read, (abortSignal) =>
      this.client.send(head, { abortSignal }),
    )
    if (found === undefined) return false
    // Sent by another tool, it has no checksum: then its bytes are looked at.
    const seen = found.ChecksumSHA256 ?? (found.ContentLength === size ? await this.bytesHash(artifact) : 'of another length')
    if (found.ContentLength !== size || seen !== base64(sha256)) {
      throw new CoworksError({
        where: url(artifact),
        what: 'is not what its key says: its bytes have another hash',
        hint: 'delete the object, and find out who wrote it',
      })
    }
    return true
  }

  async put(artifact: ArtifactToStore): Promise<boolean> {
    if (await this.has(artifact)) return false
    const { bucket: Bucket, key: Key, sha256: built, file } = artifact
    const Body = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      const what = error.code === 'ENOENT' ? 'is not there any more' : `cannot be read: ${error.code}`
      throw new CoworksError({ where: file, what, hint: 'build again' })
    })
    // Checked as it is sent, not as it was built: the key promises these bytes.
    if (sha256(Body) !== built) throw new CoworksError({ where: file, what: 'changed since it was built', hint: 'build again' })
    const command = new PutObjectCommand({
      Bucket,
      Key,
      Body,
      IfNoneMatch: '*',
      ChecksumSHA256: base64(built), // S3 compares it with what arrives
      ContentType: 'application/zip',
    })
    try {
      await this.asked(artifact, 's3:PutObject', this.timeouts.write, (abortSignal) => this.client.send(command, { abortSignal }))
      return true
    } catch (error) {
      // Somebody else was quicker: what they sent must be the same. 409: they are sending it now, or deleting it.
      const status = statusOf(error instanceof CoworksError ? error.cause : error)
      if ((status === 412 || status === 409) && (await this.has(artifact))) return false
      throw error
    }
  }

  private async bytesHash(artifact: ArtifactToStore): Promise<string> {
    const get = new GetObjectCommand({ Bucket: artifact.bucket, Key: artifact.key })
    const bytes = await this.asked(artifact, 's3:GetObject', this.timeouts.write, async (abortSignal) => {
      const answer = await this.client.send(get, { abortSignal })
      return answer.Body?.transformToByteArray()
    })
    return sha256Base64(bytes ?? new Uint8Array())
  }

  /** Undefined where there is no such object. @throws CoworksError in the words of somebody who has to mend it */
  private async asked<T>(
    artifact: ArtifactToStore,
    permission: string,
    limitMs: number,
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await within(
        limitMs,
        (limit) => ask(AbortSignal.any([limit, this.signal])),
        (what) => new Error(what),
      )
    } catch (error) {
      this.signal.throwIfAborted()
      const status = statusOf(error)
      const name = error instanceof Error ? error.name : ''
      if (status === 404 && name !== 'NoSuchBucket' && permission !== 's3:PutObject') return undefined
      throw new CoworksError({ where: url(artifact), ...explained(error, name, status, artifact.bucket, permission) }, { cause: error })
    }
  }
}

function explained(error: unknown, name: string, status: number | undefined, bucket: string, permission: string) {
  if (name === 'NoSuchBucket' || status === 404) return { what: `there is no bucket ${bucket}`, hint: 'make it first: coworks makes none' }
  if (status === 301 || name === 'PermanentRedirect')
    return {
      what: `the bucket ${bucket} is in another region`,
      hint: 'Lambda takes code from a bucket of its own region: check AWS_REGION',
    }
  if (status === 403) return { what: 'AWS refuses', hint: `${permission} must be allowed there, and the credentials right` }
  if (name === 'CredentialsProviderError')
    return { what: 'no credentials are found', hint: 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY' }
  const message = error instanceof Error ? (timedOut(error.message) ?? (error.message || name)) : String(error)
  if (/region is missing/i.test(message)) return { what: 'no region is set', hint: 'set AWS_REGION' }
  return { what: message }
}

function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode
}

function url({ bucket, key }: ArtifactToStore): string {
  return `s3://${bucket}/${key}`
}

function base64(sha256: string): string {
  return Buffer.from(sha256, 'hex').toString('base64')
}
