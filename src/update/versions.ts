/** `--publish` and `--alias`: a version of what the function now is, and an alias that points to it. */
import { CoworksError } from '../util/problem.js'
import { ApiFailure, type LambdaApi } from './api.js'
import type { CodeSha256, SeenAlias, SeenFunction } from './model.js'
import { ATTEMPTS, backOff, read, type Waits } from './waiting.js'
import { assertUnchanged, settledOrGone } from './write.js'

/**
 * Lambda makes no second version of the same thing, so one whose answer was lost is simply asked for again.
 * @returns its number @throws ApiFailure, CoworksError
 */
export async function publishVersion(api: LambdaApi, waits: Waits, seen: SeenFunction, codeSha256: CodeSha256): Promise<string> {
  let { revisionId } = seen
  for (let attempt = 0; ; attempt++) {
    waits.signal.throwIfAborted()
    try {
      return await api.publishVersion(seen.name, codeSha256, revisionId)
    } catch (error) {
      const again = error instanceof ApiFailure && ['throttled', 'lost', 'conflict', 'precondition'].includes(error.kind)
      if (!again || attempt + 1 >= ATTEMPTS) throw error
      await backOff(waits, attempt, error)
      if (error.kind === 'throttled' || error.kind === 'lost') continue
      const now = await settledOrGone(api, waits, seen.name)
      assertUnchanged(seen, now)
      revisionId = now.revisionId
    }
  }
}

/** @param was undefined where the alias is made @throws ApiFailure, CoworksError */
export async function pointAlias(
  api: LambdaApi,
  waits: Waits,
  name: string,
  alias: string,
  was: SeenAlias | undefined,
  version: string,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    waits.signal.throwIfAborted()
    try {
      return was === undefined ? await api.createAlias(name, alias, version) : await api.moveAlias(name, was, version)
    } catch (error) {
      const again = error instanceof ApiFailure && ['throttled', 'lost', 'conflict', 'precondition'].includes(error.kind)
      if (!again || attempt + 1 >= ATTEMPTS) throw error
      await backOff(waits, attempt, error)
      if (error.kind === 'throttled') continue
      const now = await read(waits, () => api.getAlias(name, alias))
      if (now?.version === version) return
      if (now?.version === was?.version && now?.revisionId === was?.revisionId) continue
      throw new CoworksError({
        where: `function ${name}`,
        what: `somebody moved its alias \`${alias}' meanwhile: ${was?.version ?? 'none'} -> ${now?.version ?? 'none'}`,
        hint: 'look who, then update again',
      })
    }
  }
}
