// limit: 300 s
/** A disk that is really full, and one that is really read-only: a small tmpfs, which only root may mount. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, differences, smallProject } from '../support/built.js'
import { Folder } from '../support/folder.js'
import { search } from '../support/search.js'

const WORDS = ['app-test', 'two-other', 'notes.txt', 'stage=all', '-j2']
const EDITED = {
  'src/lib/greet.ts': 'export const greet = (name: string) => `Good day ${name}.\\n`\n',
  'src/page.html': `<p>${'another '.repeat(100)}</p>\n`,
  'notes/a.txt': 'another\n',
}

function system(program: string, ...words: string[]): boolean {
  return spawnSync(program, words, { stdio: 'ignore' }).status === 0
}

/** On a disk of its own of four megabytes. Nothing where this machine does not let us. */
async function onOwnDisk(what: string, work: (place: string) => void): Promise<void> {
  const folder = new Folder()
  const place = folder.at('disk')
  mkdirSync(place)
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !system('mount', '-t', 'tmpfs', '-o', 'size=4m', 'coworks', place)) {
    console.log(`SKIPPED ${what}: mounting a tmpfs needs Linux and root`)
    return
  }
  try {
    work(place)
  } finally {
    assert.ok(system('umount', place))
  }
}

function cleanOutputs(files: Readonly<Record<string, string>>): Record<string, string> {
  const fresh = new Built(files)
  fresh.build(WORDS)
  const outputs = fresh.outputs()
  fresh.remove('.')
  return outputs
}

test('a disk that fills up anywhere: outputs are old or new, it is said, and with room it goes on', async () => {
  const { rounds } = search('full disk', 10)
  const variants = [smallProject(), { ...smallProject(), ...EDITED }]
  const clean = variants.map(cleanOutputs)
  await onOwnDisk('a full disk', (place) => {
    // A folder of the disk: what lies in its root is not ours to remove.
    const project = new Built(variants[0], `${place}/project`)
    let variant = 0
    project.build(WORDS)
    let refused = 0
    let built = 0
    for (const { round, random } of rounds()) {
      variant = 1 - variant
      for (const path of Object.keys(EDITED)) project.write(path, variants[variant]?.[path as keyof (typeof variants)[0]] ?? '')
      const cold = random.chance(0.5)
      if (cold) {
        project.remove('.coworks')
        for (const path of Object.keys(project.outputs())) if (!path.startsWith('notes/')) project.remove(path)
      }
      const old = project.outputs()
      const { bavail, bsize } = statfsSync(place)
      const left = random.below(cold ? 60 : 25) * bsize
      writeFileSync(`${place}/filler`, Buffer.alloc(Math.max(0, bavail * bsize - left)))
      const { status, stdout, stderr } = project.run([...WORDS, ...(random.chance(0.5) ? ['-k'] : [])])
      const where = `round ${round}, ${cold ? 'first build' : 'after an edit'}, ${left} bytes left: ${stdout}${stderr}`
      const after = project.outputs()
      const expected = clean[variant] ?? {}
      for (const path of Object.keys({ ...old, ...after, ...expected }))
        assert.ok(after[path] === old[path] || after[path] === expected[path], `${path} is neither old nor new, ${where}`)
      assert.not.match(stderr, /^ {4}at /m, where)
      if (status === 0) {
        built++
        assert.equal(differences(after, expected), [], where)
      } else {
        refused++
        assert.is(status, 2, where)
        assert.match(stderr, /no space left on device.* · make room on the disk/, where)
      }
      project.remove('../filler')
      project.build(WORDS)
      assert.equal(differences(project.outputs(), expected), [], where)
      assert.not.ok(existsSync(project.at('.coworks/lock')), where)
    }
    console.log(`TORTURE full disk: ${refused} builds ended with what to do about it, ${built} had room enough`)
    assert.ok(refused > 0, 'the disk was never full')
  })
})

test('a read-only project: what needs no write is answered, the rest is refused in a line', async () => {
  await onOwnDisk('a read-only project', (place) => {
    const project = new Built(smallProject(), `${place}/project`)
    project.build(WORDS)
    const outputs = project.outputs()
    // Looked at anew: neither the witness nor the stat cache knows it.
    project.write('src/page.html', smallProject()['src/page.html'] ?? '')
    assert.ok(system('mount', '-o', 'remount,ro', place))
    for (const words of [WORDS, [...WORDS, '-n'], [...WORDS, '-q'], ['info']]) {
      const { status, stdout, stderr } = project.run(words)
      assert.is(`${status} ${stderr}`, '0 ', `${words.join(' ')}: ${stdout}`)
    }
    assert.ok(system('mount', '-o', 'remount,rw', place))
    project.write('src/page.html', 'another\n')
    assert.ok(system('mount', '-o', 'remount,ro', place))
    assert.is(project.run([...WORDS, '-q']).status, 1)
    const { status, stderr } = project.run(WORDS)
    assert.is(status, 2)
    assert.match(stderr, /^coworks: \*\*\* .*EROFS: read-only file system.*\n$/, stderr)
    assert.equal(project.outputs(), outputs)
    assert.ok(system('mount', '-o', 'remount,rw', place))
    project.remove('.coworks')
    assert.ok(system('mount', '-o', 'remount,ro', place))
    const cold = project.run(WORDS)
    assert.is(cold.status, 2)
    assert.match(cold.stderr, /^coworks: \*\*\* .*EROFS: read-only file system.*\n$/, cold.stderr)
  })
})

test.run()
