/** From the options of a command line to the folder of the project. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { COWORKSFILES } from '../project/coworksfile-record.js'
import { CoworksError } from '../util/problem.js'
import type { Options } from './options/index.js'

/** `start`: where the user is, or says to be. @throws CoworksError */
export function projectRoot(options: Options): { readonly start: string; readonly root: string } {
  const start = resolve(...(options.directory ?? []))
  if (!statSync(start, { throwIfNoEntry: false })?.isDirectory())
    throw new CoworksError({ where: `-C ${(options.directory ?? []).join(' -C ')}`, what: 'no such folder' })
  return { start, root: options.up || options.upAll ? upwards(start) : start }
}

function upwards(start: string): string {
  for (let dir = start; ; dir = dirname(dir)) {
    if (COWORKSFILES.some((name) => existsSync(join(dir, name)))) return dir
    if (dir === dirname(dir)) throw new CoworksError({ what: 'No Coworksfile found here or in any folder above' })
  }
}
