/**
 * Is a target up to date? Pure: what was recorded against what is seen now. Nothing here touches the disk, and the
 * reasons found are data, to be explained later.
 */
import { type Digest, digestOf, type Json } from '../util/hash.js'
import { type FileSignature, MISSING, type OutputRecord, type Reason, type SeenInput, type Target, type Trace } from './model.js'

/** Raised whenever traces of before must not be believed any more. */
export const FORMAT = 1

export function recipeOf(target: Target): Digest {
  return digestOf([FORMAT, target.id, target.outputs, ...actionOf(target)])
}

/** What the action cache is asked for: the recipe without the place, so that two targets made alike share the work. */
export function actionKey(target: Target, inputs: readonly SeenInput[]): Digest {
  return digestOf([FORMAT, target.outputs.length, ...actionOf(target), inputs.map((input) => [input.key, input.signature])])
}

function actionOf({ action }: Target): readonly Json[] {
  return action === undefined ? [] : [action.name, action.version, action.params]
}

export interface Seen {
  readonly inputs: readonly SeenInput[]
  /** Inputs that are not known yet because their target is not made yet. */
  readonly unknown: readonly string[]
  /** Looks at a path again: a discovered input, an output. */
  readonly look: (path: string) => FileSignature
  readonly interrupted: boolean
}

/** Every reason to make the target again; none means that it is fresh. */
export function decide(target: Target, trace: Trace | undefined, seen: Seen): Reason[] {
  if (target.action === undefined) return []
  if (trace === undefined) return seen.interrupted ? [{ kind: 'interrupted' }] : [{ kind: 'new' }]
  const reasons: Reason[] = []
  if (target.always) reasons.push({ kind: 'always' })
  if (seen.interrupted) reasons.push({ kind: 'interrupted' })
  if (trace.recipe !== recipeOf(target)) reasons.push({ kind: 'action' })
  reasons.push(...inputReasons(trace.inputs, seen))
  for (const [path, signature] of trace.discovered) {
    const reason = fileReason(path, signature, seen.look(path))
    if (reason) reasons.push(reason)
  }
  for (const output of trace.outputs) {
    const now = seen.look(output.path)
    if (now !== output.signature) reasons.push({ kind: now === MISSING ? 'output-missing' : 'output-edited', name: output.path })
  }
  return reasons
}

/** Are the outputs on the disk still those of the trace? */
export function outputsIntact(outputs: readonly OutputRecord[], look: (path: string) => FileSignature): boolean {
  return outputs.every((output) => look(output.path) === output.signature)
}

function inputReasons(before: readonly SeenInput[], seen: Seen): Reason[] {
  const reasons: Reason[] = []
  const known = new Map(before.map((input) => [input.key, input]))
  const unknown = new Set(seen.unknown)
  for (const input of seen.inputs) {
    const old = known.get(input.key)
    known.delete(input.key)
    if (old === undefined) reasons.push({ kind: 'added', name: nameOf(input.key) })
    else if (old.signature !== input.signature) reasons.push(...changeReasons(old, input))
  }
  for (const key of known.keys()) if (!unknown.has(key)) reasons.push({ kind: 'gone', name: nameOf(key) })
  return reasons
}

function changeReasons(old: SeenInput, now: SeenInput): Reason[] {
  if (old.items === undefined || now.items === undefined) {
    const name = nameOf(now.key)
    return [difference(name, old.signature, now.signature)]
  }
  const reasons: Reason[] = []
  const at = differing(old.items, now.items)
  if (at !== undefined) {
    for (const index of at) {
      const [path = '', signature = ''] = now.items[index] ?? []
      const reason = fileReason(path, old.items[index]?.[1] ?? MISSING, signature)
      if (reason) reasons.push(reason)
    }
    return reasons
  }
  const before = new Map(old.items)
  for (const [path, signature] of now.items) {
    const reason = fileReason(path, before.get(path) ?? MISSING, signature)
    if (reason) reasons.push(reason)
    before.delete(path)
  }
  for (const path of before.keys()) reasons.push({ kind: 'gone', name: path })
  return reasons.length > 0 ? reasons : [{ kind: 'changed', name: nameOf(now.key) }]
}

/** Where two lists of the same paths differ; nothing where a path came or went, or none differs. */
function differing(old: NonNullable<SeenInput['items']>, now: NonNullable<SeenInput['items']>): readonly number[] | undefined {
  if (old.length !== now.length) return undefined
  const at: number[] = []
  for (let index = 0; index < now.length; index++) {
    const [before, after] = [old[index], now[index]]
    if (before?.[0] !== after?.[0]) return undefined
    if (before?.[1] !== after?.[1]) at.push(index)
  }
  return at.length === 0 ? undefined : at
}

function fileReason(name: string, before: FileSignature, now: FileSignature): Reason | undefined {
  return before === now ? undefined : difference(name, before, now)
}

/** Of two signatures that are not the same. */
function difference(name: string, before: FileSignature, now: FileSignature): Reason {
  if (before === MISSING) return { kind: 'added', name }
  if (now === MISSING) return { kind: 'gone', name }
  return before.slice(2) === now.slice(2) ? { kind: 'mode', name } : { kind: 'changed', name }
}

/** `file:src/app.ts` -> `src/app.ts`. */
export function nameOf(key: string): string {
  return key.slice(key.indexOf(':') + 1)
}

/** "`src/app.ts' changed": how a reason reads after "rebuilding x because". */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'new':
      return "it doesn't exist yet"
    case 'always':
      return 'it is always built'
    case 'interrupted':
      return 'its last build was interrupted'
    case 'action':
      return 'the way it is built changed'
    case 'changed':
      return `\`${reason.name}' changed`
    case 'mode':
      return `the executable bit of \`${reason.name}' changed`
    case 'added':
      return `\`${reason.name}' is a new dependency`
    case 'gone':
      return `\`${reason.name}' is no longer a dependency`
    case 'output-missing':
      return `\`${reason.name}' is missing`
    case 'output-edited':
      return `\`${reason.name}' was changed by hand`
  }
}
