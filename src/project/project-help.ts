/** What a Coworksfile says with `Help()`: it alone is loaded, and nothing of the state. */
import { realpathSync } from 'node:fs'
import { emptySnapshot } from '../build/state.js'
import { findCoworksfile, loadCoworksfile } from './coworksfile.js'

/** @throws CoworksError where it cannot be loaded */
export async function projectHelp(root: string, file: string | undefined, variables: Readonly<Record<string, string>>): Promise<string> {
  const snapshot = emptySnapshot(realpathSync(root))
  const { declarations } = await loadCoworksfile(snapshot, findCoworksfile(snapshot.root, file), variables)
  return declarations.help.join('\n')
}
