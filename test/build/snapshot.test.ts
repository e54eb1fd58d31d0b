import { rmSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileClock } from '../../src/build/file-clock.js'
import { Snapshot } from '../../src/build/snapshot.js'
import { StatCache } from '../../src/build/stat-cache.js'
import type { Row } from '../../src/build/witness.js'
import { Folder } from '../support/folder.js'

const snapshotOf = (folder: Folder) =>
  new Snapshot(folder.path, new StatCache(folder.at('.coworks/stat')), new FileClock(folder.at('clock')))

/** What a witness would hold of a folder that is at rest. */
async function rowsOf(folder: Folder, ...files: readonly string[]): Promise<ReadonlyMap<string, Row>> {
  const snapshot = snapshotOf(folder)
  for (const file of files) snapshot.wrote(file)
  await snapshot.settle()
  const next = snapshot.after()
  next.signature('d/')
  const looks = next.looks()
  assert.ok(looks !== undefined)
  return looks?.rows ?? new Map()
}

function trusting(folder: Folder, rows: ReadonlyMap<string, Row>): Snapshot {
  const snapshot = snapshotOf(folder)
  snapshot.trust({ agrees: () => false, folder: (path) => rows.get(path) })
  return snapshot
}

test('a folder that a witness has just found as it was is not read, and is a row of the next witness', async () => {
  const folder = new Folder({ 'd/a': '1', 'd/b': '2' })
  const rows = await rowsOf(folder, 'd/a', 'd/b')
  const before = snapshotOf(folder).signature('d/')
  rmSync(folder.at('d/b'))
  const snapshot = trusting(folder, rows)
  assert.is(snapshot.signature('d/'), before)
  assert.equal(snapshot.looks()?.rows.get('d'), rows.get('d'))
  assert.is(snapshot.after().signature('d/'), before)
})

test('once a build has written there, it is read', async () => {
  const folder = new Folder({ 'd/a': '1', 'd/b': '2' })
  const rows = await rowsOf(folder, 'd/a', 'd/b')
  const before = snapshotOf(folder).signature('d/')
  const snapshot = trusting(folder, rows)
  assert.is(snapshot.signature('d/'), before)
  folder.write('d/c', '3')
  snapshot.wrote('d/c')
  const after = snapshotOf(folder).signature('d/')
  assert.not(after === before)
  assert.is(snapshot.after().signature('d/'), after)
  // Nor what was forgotten, or was read by whoever asks.
  const forgetting = trusting(folder, rows)
  forgetting.forget('d/')
  assert.is(forgetting.signature('d/'), after)
  const asking = trusting(folder, rows)
  assert.is(asking.hashedNow('d/'), undefined)
  assert.is(asking.signature('d/'), after)
})

test('what is in a folder is told by names and by what they are', () => {
  const seen = [{ 'd/a': '1' }, { 'd/b': '1' }, { 'd/a': '1', 'd/b': '1' }, { 'd/a/x': '1' }].map((files) =>
    snapshotOf(new Folder(files)).signature('d/'),
  )
  assert.is(new Set(seen).size, seen.length)
  assert.is(snapshotOf(new Folder({ 'd/a': 'another content' })).signature('d/'), seen[0])
  assert.is(snapshotOf(new Folder()).signature('d/'), 'missing')
})

test.run()
