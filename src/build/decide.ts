/**
 * Is a target up to date? Pure: what was recorded against what is seen now. Nothing here touches the disk, and the
 * reasons found are data, to be explained later.
 */
import { type Digest, digestOf, type Json } from '../util/hash.js'
import { type FileSignature, MISSING, type OutputRecord, type Reason, type SeenInput, type Target, type Trace } from './model.js'

/** Raised whenever traces of before must not be believed any more. */
const FORMAT = 1

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
  const reasons = edits(old.items, now.items) ?? comings(old.items, now.items)
  return reasons.length > 0 ? reasons : [{ kind: 'changed', name: nameOf(now.key) }]
}

type Items = NonNullable<SeenInput['items']>

/** What differs between two lists of the same paths; nothing where a path came or went. Of a set with thousands of files most changes are edits: no map is made for them. */
function edits(old: Items, now: Items): Reason[] | undefined {
  const reasons: Reason[] = []
  let at = 0
  for (const [path, signature] of now) {
    const before = old[at++]
    if (before?.[0] !== path) return undefined
    if (before[1] !== signature) reasons.push(difference(path, before[1], signature))
  }
  return at === old.length ? reasons : undefined
}

function comings(old: Items, now: Items): Reason[] {
  const reasons: Reason[] = []
  const before = new Map(old)
  for (const [path, signature] of now) {
    const reason = fileReason(path, before.get(path) ?? MISSING, signature)
    if (reason) reasons.push(reason)
    before.delete(path)
  }
  for (const path of before.keys()) reasons.push({ kind: 'gone', name: path })
  return reasons
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
