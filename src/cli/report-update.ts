/** What a person, or a program, is told of an update. Decides nothing: results become lines, or one JSON document. */
import type { BuildOutcome } from '../project/project-types.js'
import type { FunctionResult, SeenFunction, Step } from '../update/index.js'
import type { Problem } from '../util/problem.js'
import { printable } from '../util/quote.js'
import type { StageUpdate, Update } from './update-stages.js'

/** One of a stage that is to be built first: whether it would be pushed is not known before. */
export interface Undecided {
  readonly function: string
  /** What has to be built. */
  readonly until: readonly string[]
}

/** `update the code of app-test-dev (terraform/tmp/app-test-dev.zip, 12.3 kB)` */
export function stepText(name: string, step: Step): string {
  switch (step.kind) {
    case 'publish-layer':
      return `publish ${step.layer.layerName} (${step.layer.file}, ${bytes(step.layer.size)})`
    case 'set-layers':
      return `set the layers of ${name} (${step.changed.join(', ')})`
    case 'update-code':
      return `update the code of ${name} (${step.code.file}, ${bytes(step.code.size)})`
    case 'publish-version':
      return `publish a version of ${name}`
    case 'move-alias':
      return step.from === null
        ? `make the alias ${step.alias} of ${name}`
        : `move the alias ${step.alias} of ${name} from version ${step.from}`
  }
}

function bytes(size: number): string {
  if (size < 1000) return `${size} bytes`
  return size < 1_000_000 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1_000_000).toFixed(1)} MB`
}

export function resultText({ built, outcome, version, steps }: FunctionResult): string | undefined {
  const published = version === undefined ? '' : `, version ${version}`
  switch (outcome) {
    case 'pushed':
      return `coworks: ${built.name} is updated${published}.`
    case 'up-to-date':
      return `coworks: ${built.name} is up to date in Lambda${published}.`
    case 'planned':
      return steps.map((step) => stepText(built.name, step)).join('\n')
    case 'not-attempted':
      return `coworks: ${built.name} was not updated.`
    case 'failed':
      return undefined // its problems say so
  }
}

export function undecidedText({ function: name, until }: Undecided): string {
  return `coworks: might update ${name}, depending on \`${until.map(printable).join("', `")}'`
}

/** What is left to Terraform, a line for each function. Empty where nothing is. */
export function terraformText(stages: readonly StageUpdate[]): string[] {
  const lines = stages.flatMap(({ result, terraform }) => {
    const names = terraform.map(({ aspect, name }) => printable(`${aspect} ${name}`))
    return names.length === 0 ? [] : [`  ${result.built.name}: ${names.join(', ')}`]
  })
  return lines.length === 0
    ? []
    : ["coworks: only Terraform can deploy this; look with `coworks diff', then run terraform apply:", ...lines]
}

export function updateJson(build: BuildOutcome | undefined, update: Update, undecided: readonly Undecided[], ms: number): string {
  const failures: readonly Problem[] = update.stages.flatMap(({ result }) => result.problems)
  const ok = update.stages.every(({ result }) => result.outcome !== 'failed' && result.outcome !== 'not-attempted')
  const document = {
    ok,
    functions: [
      ...update.stages.map(({ microservice, stage, result, terraform }) => ({
        function: result.built.name,
        microservice,
        stage,
        arn: result.before?.arn,
        outcome: result.outcome,
        steps: result.steps.map(stepJson),
        done: result.done.map(({ kind }) => kind),
        before: sideJson(result.before),
        after: sideJson(result.after),
        version: result.version,
        terraform: terraform.map(({ aspect, name, left, right }) => ({ aspect, name, built: left, deployed: right })),
        problems: result.problems,
      })),
      ...undecided.map((one) => ({ ...one, outcome: 'undecided' })),
    ],
    targets: (build?.reports ?? []).filter(({ internal, title }) => !internal && title !== '').map(({ id, outcome }) => ({ id, outcome })),
    notes: update.notes,
    failures,
    ms: Math.round(ms),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function stepJson(step: Step): object {
  switch (step.kind) {
    case 'publish-layer':
      return { kind: step.kind, layer: step.layer.layerName, file: step.layer.file, sha256: step.layer.sha256, size: step.layer.size }
    case 'set-layers':
      return { kind: step.kind, changed: step.changed }
    case 'update-code':
      return { kind: step.kind, file: step.code.file, from: step.from, to: step.code.sha256, size: step.code.size }
    case 'publish-version':
    case 'move-alias':
      return step
  }
}

function sideJson(seen: SeenFunction | undefined): object | null {
  return seen === undefined ? null : { codeSha256: seen.codeSha256, layers: seen.layers, lastModified: seen.lastModified }
}
