import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { esbuild } from '../../src/project/esbuild.js'

/** The environments of this process's children. */
function environmentsOfChildren(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
        return parent === String(process.pid) ? [readFileSync(`/proc/${pid}/environ`, 'utf8')] : []
      } catch {
        return [] // it ended meanwhile
      }
    })
}

test("the collector of esbuild's service is told to be less eager, and nobody else's environment changes", async () => {
  delete process.env.GOGC
  process.env.GOMEMLIMIT = '2GiB'
  const made = esbuild({ stdin: { contents: 'export const a = 1' }, write: false })
  assert.is(process.env.GOGC, undefined)
  assert.is(process.env.GOMEMLIMIT, '2GiB')
  assert.match((await made).outputFiles?.[0]?.text ?? '', 'const a = 1')
  assert.is(process.env.GOGC, undefined)
  if (process.platform !== 'linux') return
  const environments = environmentsOfChildren()
  assert.ok(environments.some((one) => one.includes('\0GOGC=400\0') && one.includes('\0GOMEMLIMIT=2GiB\0')))
})

test.run()
