/**
 * Lambda over the SDK: region, profile, credentials and endpoint are found as every AWS tool finds them, each call is sent once, and every
 * error comes out as an `ApiFailure`. Decides nothing else. Load this module late: its SDK takes
 * a tenth of a second.
 */
import {
  CreateAliasCommand,
  type FunctionConfiguration,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  type GetLayerVersionCommandOutput,
  LambdaClient,
  ListAliasesCommand,
  ListLayerVersionsCommand,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CoworksError } from '../util/problem.js'
import { ApiFailure, type LambdaApi, type ZipSource } from './api.js'
import { failureOf, failureProblem, NO_ANSWER } from './failures.js'
import { fingerprints } from './fingerprint.js'
import type { SeenFunction, SeenLayerVersion } from './model.js'
import { requestHandler, TIMEOUTS, type Timeouts, within } from './timeouts.js'

export interface AwsSettings {
  /** Instead of AWS_REGION, AWS_DEFAULT_REGION and the profile's. */
  readonly region?: string | undefined
  /** Where nothing else names one: the region in which Terraform deployed. */
  readonly fallbackRegion?: string | undefined
  /** Instead of AWS_PROFILE. */
  readonly profile?: string | undefined
  /** Ends calls that read; one that writes is never cut off, since nobody would know what came of it. */
  readonly signal: AbortSignal
  /** Told to AWS, whose logs then say what pushed. */
  readonly version: string
  readonly timeouts?: Timeouts
}

export async function openLambda(settings: AwsSettings): Promise<LambdaApi> {
  // Else the SDK says on every run that it will want a newer Node one day.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  return new AwsLambda(await clientFor(settings), settings)
}

const NO_REGION = {
  where: 'AWS',
  what: 'no region is set',
  hint: "set AWS_REGION, give --region, or set `region' in the profile",
}

async function clientFor({ profile, version, timeouts = TIMEOUTS, ...settings }: AwsSettings): Promise<LambdaClient> {
  // AWS_DEFAULT_REGION is read by the command line of AWS and by Terraform, but not by this SDK.
  const named = settings.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
  const open = (region: string | undefined) =>
    new LambdaClient({
      ...(region === undefined || region === '' ? {} : { region }),
      ...(profile === undefined ? {} : { profile }),
      maxAttempts: 1, // whether to send again is decided where it is known what was sent
      requestHandler: requestHandler(timeouts),
      customUserAgent: [['coworks', version]],
    })
  const client = open(named)
  try {
    await client.config.region()
    return client
  } catch (error) {
    if (settings.fallbackRegion !== undefined) return open(settings.fallbackRegion)
    const failure = failureOf(error, 'lambda', profile)
    throw new CoworksError(/region is missing/i.test(failure.message) ? NO_REGION : failureProblem(failure, 'AWS'))
  }
}

class AwsLambda implements LambdaApi {
  constructor(
    private readonly client: LambdaClient,
    private readonly settings: AwsSettings,
  ) {}

  async region(): Promise<string> {
    try {
      return await this.client.config.region()
    } catch (error) {
      throw failureOf(error, 'lambda', this.profile)
    }
  }

  async getFunction(name: string): Promise<SeenFunction | undefined> {
    const command = new GetFunctionConfigurationCommand({ FunctionName: name })
    const answer = await found(this.read('lambda:GetFunctionConfiguration', (abortSignal) => this.client.send(command, { abortSignal })))
    return answer === undefined ? undefined : seenFunction(answer, 'lambda:GetFunctionConfiguration')
  }

  async updateCode(name: string, zip: ZipSource, revisionId: string | undefined): Promise<void> {
    const command = new UpdateFunctionCodeCommand({ FunctionName: name, ...source(zip), RevisionId: revisionId })
    const answer = await this.write('lambda:UpdateFunctionCode', (abortSignal) => this.client.send(command, { abortSignal }))
    given(answer.CodeSha256, 'lambda:UpdateFunctionCode')
  }

  async updateLayers(name: string, layers: readonly string[], revisionId: string | undefined): Promise<void> {
    const command = new UpdateFunctionConfigurationCommand({ FunctionName: name, Layers: [...layers], RevisionId: revisionId })
    const answer = await this.write('lambda:UpdateFunctionConfiguration', (abortSignal) => this.client.send(command, { abortSignal }))
    given(answer.CodeSha256, 'lambda:UpdateFunctionConfiguration')
  }

  async getLayerVersion(layer: string, version: number): Promise<SeenLayerVersion | undefined> {
    const command = new GetLayerVersionCommand({ LayerName: layer, VersionNumber: version })
    const answer = await found(this.read('lambda:GetLayerVersion', (abortSignal) => this.client.send(command, { abortSignal })))
    return answer === undefined ? undefined : seenLayerVersion(answer, 'lambda:GetLayerVersion')
  }

  async latestLayerVersion(layerName: string): Promise<number | undefined> {
    const command = new ListLayerVersionsCommand({ LayerName: layerName, MaxItems: 1 })
    const answer = await found(this.read('lambda:ListLayerVersions', (abortSignal) => this.client.send(command, { abortSignal })))
    return answer === undefined ? undefined : given(answer.LayerVersions, 'lambda:ListLayerVersions')[0]?.Version // the newest comes first
  }

  async publishLayer(layerName: string, zip: ZipSource): Promise<SeenLayerVersion> {
    const command = new PublishLayerVersionCommand({ LayerName: layerName, Content: source(zip) })
    const answer = await this.write('lambda:PublishLayerVersion', (abortSignal) => this.client.send(command, { abortSignal }))
    return seenLayerVersion(answer, 'lambda:PublishLayerVersion')
  }

  async latestVersion(name: string) {
    let last: FunctionConfiguration | undefined
    for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
      const command = new ListVersionsByFunctionCommand({ FunctionName: name, Marker: marker })
      const answer = await this.read('lambda:ListVersionsByFunction', (abortSignal) => this.client.send(command, { abortSignal }))
      for (const version of given(answer.Versions, 'lambda:ListVersionsByFunction')) {
        if (version.Version !== '$LATEST' && Number(version.Version) > Number(last?.Version ?? 0)) last = version
      }
      marker = answer.NextMarker || undefined
    }
    return last === undefined ? undefined : { ...seenFunction(last, 'lambda:ListVersionsByFunction'), version: last.Version ?? '' }
  }

  async publishVersion(name: string, codeSha256: string, revisionId: string | undefined): Promise<string> {
    const command = new PublishVersionCommand({ FunctionName: name, CodeSha256: codeSha256, RevisionId: revisionId })
    const answer = await this.write('lambda:PublishVersion', (abortSignal) => this.client.send(command, { abortSignal }))
    return given(answer.Version, 'lambda:PublishVersion')
  }

  async getAlias(name: string, alias: string) {
    const command = new GetAliasCommand({ FunctionName: name, Name: alias })
    const answer = await found(this.read('lambda:GetAlias', (abortSignal) => this.client.send(command, { abortSignal })))
    if (answer === undefined) return undefined
    const weighted = Object.keys(answer.RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0
    return { name: alias, version: given(answer.FunctionVersion, 'lambda:GetAlias'), revisionId: answer.RevisionId, weighted }
  }

  async aliasNames(name: string): Promise<readonly string[]> {
    const command = new ListAliasesCommand({ FunctionName: name })
    const answer = await this.read('lambda:ListAliases', (abortSignal) => this.client.send(command, { abortSignal }))
    return given(answer.Aliases, 'lambda:ListAliases').flatMap(({ Name }) => Name ?? [])
  }

  async createAlias(name: string, alias: string, version: string): Promise<void> {
    const command = new CreateAliasCommand({ FunctionName: name, Name: alias, FunctionVersion: version })
    const answer = await this.write('lambda:CreateAlias', (abortSignal) => this.client.send(command, { abortSignal }))
    given(answer.FunctionVersion, 'lambda:CreateAlias')
  }

  async moveAlias(name: string, alias: { readonly name: string; readonly revisionId: string | undefined }, version: string): Promise<void> {
    const command = new UpdateAliasCommand({ FunctionName: name, Name: alias.name, FunctionVersion: version, RevisionId: alias.revisionId })
    const answer = await this.write('lambda:UpdateAlias', (abortSignal) => this.client.send(command, { abortSignal }))
    given(answer.FunctionVersion, 'lambda:UpdateAlias')
  }

  private async read<T>(permission: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.settings
    try {
      return await this.call(permission, this.timeouts.read, (limit) => send(AbortSignal.any([limit, signal])))
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }

  private write<T>(permission: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.call(permission, this.timeouts.write, send)
  }

  private async call<T>(permission: string, limitMs: number, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await within(limitMs, send, (what) => new ApiFailure('lost', permission, what))
    } catch (error) {
      throw error instanceof ApiFailure ? error : failureOf(error, permission, this.profile)
    }
  }

  private get timeouts(): Timeouts {
    return this.settings.timeouts ?? TIMEOUTS
  }

  private get profile(): string | undefined {
    return this.settings.profile ?? process.env.AWS_PROFILE
  }
}

/** Of an answer, what it must have: who stands between may answer `{}` with status 200. */
function given<T>(value: T | undefined, permission: string): T {
  if (value !== undefined) return value
  throw new ApiFailure('lost', permission, NO_ANSWER)
}

/** Undefined for what is not there. */
async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiFailure && error.kind === 'not-found') return undefined
    throw error
  }
}

function source(zip: ZipSource) {
  return zip.kind === 'bytes' ? { ZipFile: zip.bytes } : { S3Bucket: zip.bucket, S3Key: zip.key }
}

/** What AWS changes by itself, or says of the moment: nobody set it. `Environment`, `Layers` and the code are kept apart. */
const PASSING = new Set(
  `$metadata FunctionName FunctionArn MasterArn Version RevisionId LastModified CodeSha256 CodeSize ConfigSha256 Layers Environment
   PackageType State StateReason StateReasonCode LastUpdateStatus LastUpdateStatusReason LastUpdateStatusReasonCode
   RuntimeVersionConfig SnapStart SigningJobArn SigningProfileVersionArn`.split(/\s+/),
)

function seenLayerVersion(
  { LayerVersionArn, Content }: Pick<GetLayerVersionCommandOutput, 'LayerVersionArn' | 'Content'>,
  permission: string,
): SeenLayerVersion {
  return { arn: given(LayerVersionArn, permission), codeSha256: given(Content?.CodeSha256, permission) }
}

function seenFunction(answer: FunctionConfiguration, permission: string): SeenFunction {
  return {
    name: given(answer.FunctionName, permission),
    arn: unqualified(given(answer.FunctionArn, permission)),
    codeSha256: given(answer.CodeSha256, permission),
    revisionId: answer.RevisionId,
    lastModified: answer.LastModified ?? '',
    layers: (answer.Layers ?? []).flatMap(({ Arn }) => Arn ?? []),
    packageType: answer.PackageType ?? 'Zip',
    busy: answer.LastUpdateStatus === 'InProgress' || answer.State === 'Pending',
    failure: failureText(answer),
    environment: answer.Environment?.Error === undefined ? fingerprints(answer.Environment?.Variables ?? {}) : undefined,
    settings: new Map(
      Object.entries(answer).flatMap(([name, value]) =>
        PASSING.has(name) || value === undefined || value === null ? [] : [[name, text(value)]],
      ),
    ),
  }
}

function failureText(answer: FunctionConfiguration): string | undefined {
  if (answer.LastUpdateStatus === 'Failed')
    return `${answer.LastUpdateStatusReason ?? 'without a reason'} (${answer.LastUpdateStatusReasonCode ?? 'no code'})`
  if (answer.State === 'Failed') return `${answer.StateReason ?? 'without a reason'} (${answer.StateReasonCode ?? 'no code'})`
  return undefined
}

/** A published version's ARN ends with its number. */
function unqualified(arn: string): string {
  return arn.split(':').slice(0, 7).join(':')
}

function text(value: unknown): string {
  if (typeof value !== 'object') return String(value)
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}
