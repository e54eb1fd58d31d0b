/** Zips that this package writes, unpacked as Lambda would. */
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeZip, type ZipEntry } from '../../src/archive/index.js'
import { TaskFolders } from '../../src/gateway/task-folder.js'
import { unzip } from '../../src/gateway/unzip.js'
import { sha256 } from '../../src/util/hash.js'
import { Folder } from '../support/folder.js'

const folder = new Folder()

async function zip(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const entries = Object.entries(files).map(([path, text]): ZipEntry => {
    const bytes = Buffer.from(text)
    return { name: path, mode: path.endsWith('.sh') ? 0o755 : 0o644, digest: sha256(bytes), size: bytes.length, source: { bytes } }
  })
  await writeZip(entries, folder.at(name))
  return folder.at(name)
}

test('the entries of a small zip, a large one, and an empty one', async () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`dir/${at}.txt`, 'x'.repeat(at)]))
  for (const files of [{ 'a.txt': 'a', 'é/b.sh': 'b', empty: '' }, many, {}]) {
    const read = [...unzip(readFileSync(await zip('any.zip', files)))]
    assert.equal(
      read.map(({ name, mode, bytes }) => [name, mode, Buffer.from(bytes).toString()]).sort(),
      Object.entries(files)
        .map(([name, text]) => [name, name.endsWith('.sh') ? 0o755 : 0o644, text])
        .sort(),
    )
  }
})

test('what is no zip, or would leave the folder, is refused', async () => {
  assert.throws(() => [...unzip(Buffer.from('no zip'))], 'no zip')
  const file = await zip('bad.zip', { 'aa/b': 'x' })
  const bytes = readFileSync(file)
  writeFileSync(file, Buffer.from(bytes.toString('latin1').replaceAll('aa/b', '../b'), 'latin1'))
  assert.throws(() => [...unzip(readFileSync(file))], '../b')
})

test('the function beside its layers, later layers over earlier ones', async () => {
  const code = await zip('code.zip', { 'index.mjs': '1', 'run.sh': '' })
  const one = await zip('one.zip', { 'nodejs/node_modules/a/index.js': 'one', 'nodejs/node_modules/b/index.js': 'b' })
  const two = await zip('two.zip', { 'nodejs/node_modules/a/index.js': 'two' })
  const folders = new TaskFolders()
  const { taskRoot, layers } = folders.make('f', code, [one, two])
  assert.is(readFileSync(join(taskRoot, 'index.mjs'), 'utf8'), '1')
  assert.is(lstatSync(join(taskRoot, 'run.sh')).mode & 0o111, 0o111)
  assert.is(readFileSync(join(taskRoot, '../node_modules/a/index.js'), 'utf8'), 'two')
  assert.is(readFileSync(join(taskRoot, '../node_modules/b/index.js'), 'utf8'), 'b')
  assert.is(folders.make('f', code, [one, two]).layers, layers, 'unpacked once')
  assert.is.not(folders.make('g', code, [two, one]).layers, layers, 'the order counts')
  assert.ok(existsSync(taskRoot), 'a process may still run in the version before')
  folders.make('f', code, [])
  assert.not(existsSync(taskRoot))
  folders.remove()
  assert.not(existsSync(layers))
})

test.run()
