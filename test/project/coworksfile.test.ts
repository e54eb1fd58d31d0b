/** What is kept of a Coworksfile that was compiled: what another process may be about to run, and no more. */
import { readdirSync, utimesSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { emptySnapshot } from '../../src/build/state.js'
import { loadCoworksfile } from '../../src/project/coworksfile.js'
import { Folder } from '../support/folder.js'

const KEPT = 8

test('the code of the last few versions is kept, as others may be at one of them; older code goes, and what a killed build left of it', async () => {
  const project = new Folder()
  const codes: string[] = []
  project.write(`.coworks/coworksfile-${'0'.repeat(64)}.mjs.1.tmp`, 'half of i')
  utimesSync(project.at(`.coworks/coworksfile-${'0'.repeat(64)}.mjs.1.tmp`), 1, 1)
  for (let version = 0; version < KEPT + 4; version++) {
    project.write('Coworksfile.ts', `export const version = ${version}\n`)
    const { code } = await loadCoworksfile(emptySnapshot(project.path), 'Coworksfile.ts', {})
    // As far apart as edits by hand are.
    utimesSync(code, 1_000_000_000 + version, 1_000_000_000 + version)
    codes.push(basename(code))
    const left = readdirSync(project.at('.coworks')).filter((name) => name.startsWith('coworksfile-'))
    for (const name of codes.slice(-KEPT)) assert.ok(left.includes(name), `version ${codes.indexOf(name)} after version ${version}`)
    if (version >= KEPT) assert.is(left.length, KEPT)
  }
})

test('an old version that is current again counts as the newest', async () => {
  const project = new Folder()
  const load = async (version: number) => {
    project.write('Coworksfile.ts', `export const version = ${version}\n`)
    return basename((await loadCoworksfile(emptySnapshot(project.path), 'Coworksfile.ts', {})).code)
  }
  for (let version = 0; version < KEPT; version++) utimesSync(project.at(`.coworks/${await load(version)}`), version, version)
  const again = await load(0)
  await load(KEPT)
  assert.ok(readdirSync(project.at('.coworks')).includes(again))
})

test('what else lies in the folder is left', async () => {
  const project = new Folder()
  const names = ['coworksfile-mine.mjs', 'coworksfile.json.old', 'journal']
  for (const name of names) project.write(`.coworks/${name}`, '')
  for (let version = 0; version < KEPT + 2; version++) {
    project.write('Coworksfile.ts', `export const version = ${version}\n`)
    await loadCoworksfile(emptySnapshot(project.path), 'Coworksfile.ts', {})
  }
  for (const name of names) assert.ok(readdirSync(project.at('.coworks')).includes(name), name)
})

test.run()
