import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileClock, TICK_MS } from '../../src/build/file-clock.js'
import { Snapshot } from '../../src/build/snapshot.js'
import { StatCache } from '../../src/build/stat-cache.js'
import { sha256 } from '../../src/util/hash.js'
import { Folder } from '../support/folder.js'

test('once the clock has passed a file, whoever writes to it gives it a later time', async () => {
  const folder = new Folder()
  const clock = new FileClock(folder.at('clock'))
  for (let round = 0; round < 200; round++) {
    writeFileSync(folder.at('a'), String(round))
    const before = statSync(folder.at('a'))
    const passed = await clock.pass(before.ctimeMs, 1000)
    assert.ok(passed !== undefined && passed.ms > before.ctimeMs)
    assert.is(passed.dev, before.dev)
    writeFileSync(folder.at('a'), String(round))
    const { ctimeMs } = statSync(folder.at('a'))
    assert.ok(ctimeMs >= passed.ms, `${ctimeMs} is before ${passed.ms}`)
  }
})

test('a clock that cannot be read is nothing, and one that does not get there is not waited for', async () => {
  const folder = new Folder()
  assert.is(new FileClock(folder.at('missing/clock')).read(), undefined)
  assert.is(await new FileClock(folder.at('missing/clock')).pass(0, 1000), undefined)
  assert.is(await new FileClock(folder.at('clock')).pass(Date.now() + 3_600_000, 5), undefined)
})

test('what lies in the place of the file that is written to is left alone', () => {
  const folder = new Folder({ 'of the user': 'precious' })
  symlinkSync(folder.at('of the user'), folder.at('link'))
  assert.is(new FileClock(folder.at('link')).read(), undefined)
  assert.is(folder.read('of the user'), 'precious')
  execFileSync('mkfifo', [folder.at('pipe')])
  assert.is(new FileClock(folder.at('pipe')).read(), undefined)
  mkdirSync(folder.at('folder'))
  assert.is(new FileClock(folder.at('folder')).read(), undefined)
})

test('what a build wrote is believed as soon as the clock has passed it, and each write after that is seen', async () => {
  const folder = new Folder()
  const cache = new StatCache(folder.at('stat'))
  for (let round = 0; round < 100; round++) {
    const snapshot = new Snapshot(folder.path, cache, new FileClock(folder.at('clock')))
    const text = `value ${String(round).padStart(4, '0')}`
    writeFileSync(folder.at('a'), text)
    snapshot.wrote('a')
    await snapshot.settle()
    assert.is(snapshot.after().looks()?.rows.size, 0)
    const next = snapshot.after()
    assert.is(next.signature('a'), `f:${sha256(text)}`)
    assert.is(next.looks()?.rows.get('a')?.size, text.length) // no witness is left of what is in doubt
    writeFileSync(folder.at('a'), text.replace('value', 'VALUE'))
    assert.is(new Snapshot(folder.path, cache).signature('a'), `f:${sha256(text.replace('value', 'VALUE'))}`)
  }
})

test('a folder that was read after the clock had passed it is at rest', async () => {
  const folder = new Folder()
  const cache = new StatCache(folder.at('stat'))
  mkdirSync(folder.at('made'))
  for (let round = 0; round < 50; round++) {
    const snapshot = new Snapshot(folder.path, cache, new FileClock(folder.at('clock')))
    writeFileSync(folder.at(`made/${round}`), '')
    snapshot.wrote(`made/${round}`)
    await snapshot.settle()
    const next = snapshot.after()
    next.signature('made/')
    assert.is(next.looks()?.rows.get('made')?.ctimeMs, statSync(folder.at('made')).ctimeMs)
  }
})

test('without the clock, a tick is waited for', async () => {
  const folder = new Folder({ a: 'one' })
  const cache = new StatCache(folder.at('stat'))
  const snapshot = new Snapshot(folder.path, cache)
  snapshot.wrote('a')
  await snapshot.settle()
  assert.ok(Date.now() - statSync(folder.at('a')).ctimeMs > TICK_MS)
  assert.ok(snapshot.after().signature('a') !== undefined)
})

test.run()
