/** Native code is known by its first bytes, and told where none of a package's is for the function. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nativeMachine } from '../../src/archive/native.js'
import { nativeWarnings } from '../../src/project/stage-limits.js'
import { problemLine } from '../../src/util/problem.js'

function elf(machine: number, big = false): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt32BE(0x7f454c46, 0)
  head[4] = 2
  head[5] = big ? 2 : 1
  if (big) head.writeUInt16BE(machine, 18)
  else head.writeUInt16LE(machine, 18)
  return head
}

test('formats and processors', () => {
  assert.is(nativeMachine(elf(62)), 'linux x86_64')
  assert.is(nativeMachine(elf(183)), 'linux arm64')
  assert.is(nativeMachine(elf(40)), 'linux, another processor')
  assert.is(nativeMachine(elf(183, true)), 'linux arm64')
  assert.is(nativeMachine(Buffer.from('cffaedfe0c000001', 'hex')), 'macOS')
  assert.is(nativeMachine(Buffer.from('MZ\u0090\u0000')), 'Windows')
  for (const other of ['', 'abc', 'module.exports = 1', '\u007fEL']) assert.is(nativeMachine(Buffer.from(other)), undefined)
  assert.is(nativeMachine(elf(62).subarray(0, 19)), undefined)
})

if (process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)) {
  test('the running Node is for this machine', () => {
    const head = readFileSync(process.execPath).subarray(0, 20)
    assert.is(nativeMachine(head), process.arch === 'x64' ? 'linux x86_64' : 'linux arm64')
  })
} else console.log('SKIPPED the running Node is for this machine: not Linux on x64 or arm64')

test('a package that brings the right code is fine, whatever else it brings', () => {
  const native = [
    { name: 'nodejs/node_modules/@img/sharp-darwin-arm64/lib/sharp.node', machine: 'macOS' },
    { name: 'nodejs/node_modules/bufferutil/prebuilds/darwin-x64/a.node', machine: 'macOS' },
    { name: 'nodejs/node_modules/bufferutil/prebuilds/linux-x64/a.node', machine: 'linux x86_64' },
    { name: 'lib/own.so.1', machine: 'linux arm64' },
  ] as const
  assert.equal(nativeWarnings('stage dev', 'layer.zip', native, 'x86_64').map(problemLine), [
    "stage dev · `@img/sharp-darwin-arm64' in layer.zip is native code for macOS, and the function runs on linux x86_64 · " +
      'install it for the function: npm install --os=linux --cpu=x64 --libc=glibc',
    "stage dev · `lib/own.so.1' in layer.zip is native code for linux arm64, and the function runs on linux x86_64 · " +
      'install it for the function: npm install --os=linux --cpu=x64 --libc=glibc',
  ])
  assert.equal(
    nativeWarnings('stage dev', 'layer.zip', native, 'arm64').map(({ what }) => what.split("'")[0]),
    ['`@img/sharp-darwin-arm64', '`bufferutil'],
  )
})

test.run()
