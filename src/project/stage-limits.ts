/**
 * What a stage is measured by once all it is made of is known: code and layers together, native code against the function's processor,
 * and the limits of its model. Problems end the build of the stage, warnings stay with it.
 */
import type { ActionContext } from '../build/index.js'
import { megabytes, UNZIPPED_LIMIT } from '../layer/index.js'
import { type StageModel, stageLimits } from '../terraform/index.js'
import { CoworksError, type Problem } from '../util/problem.js'
import type { ZipInfo } from './zip-targets.js'

export interface StagePart {
  /** `its code`, `layer layer` */
  readonly name: string
  /** Id of its target. */
  readonly zip: string
}

/** @returns warnings @throws CoworksError with everything that AWS would refuse */
export function checkStage(context: ActionContext, model: StageModel, parts: readonly StagePart[]): readonly Problem[] {
  const where = `microservice ${model.microservice}, stage ${model.stage}`
  const infos = parts.map(({ name, zip }) => ({ name, info: context.dependency(zip).info as unknown as ZipInfo }))
  const { problems, warnings } = stageLimits(model)
  const refused = [
    ...sizeProblems(
      where,
      infos.map(({ name, info }) => ({ name, size: info.unzippedSize })),
    ),
    ...problems,
  ]
  if (refused.length > 0) throw new CoworksError(refused)
  return [...infos.flatMap(({ name, info }) => nativeWarnings(where, name, info.native ?? [], model.config.architecture)), ...warnings]
}

/** Lambda: 250 MB for a function unzipped, all its layers included. */
function sizeProblems(where: string, parts: readonly { readonly name: string; readonly size: number }[]): Problem[] {
  const total = parts.reduce((sum, part) => sum + part.size, 0)
  if (total <= UNZIPPED_LIMIT) return []
  const hint = parts.map((part) => `${part.name}: ${megabytes(part.size)}`).join(', ')
  return [{ where, what: `is ${megabytes(total)} unzipped with its layers; Lambda takes at most 250 MB`, hint }]
}

/**
 * A package that brings native code for other machines but none for the function's will not load there. One that brings it for several
 * (prebuilt binaries, an optional package a platform) picks its own.
 */
export function nativeWarnings(
  where: string,
  part: string,
  native: NonNullable<ZipInfo['native']>,
  architecture: 'x86_64' | 'arm64',
): Problem[] {
  const packages = new Map<string, string[]>()
  for (const { name, machine } of native) packages.set(packageOf(name), [...(packages.get(packageOf(name)) ?? []), machine])
  return [...packages]
    .filter(([, machines]) => !machines.includes(`linux ${architecture}`))
    .map(([name, machines]) => ({
      where,
      what: `\`${name}' in ${part} is native code for ${[...new Set(machines)].sort().join(', ')}, and the function runs on linux ${architecture}`,
      hint: `install it for the function: npm install --os=linux --cpu=${architecture === 'arm64' ? 'arm64' : 'x64'} --libc=glibc`,
    }))
}

/** `nodejs/node_modules/@img/sharp-linux-x64/lib/x.node` -> `@img/sharp-linux-x64`; a file of no package stands for itself. */
function packageOf(name: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? name
}
