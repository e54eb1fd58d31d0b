// limit: 420 s
/**
 * `.coworks` as disks, other versions, other machines and other users may leave it: bytes flipped, files cut, emptied, exchanged, replaced by folders
 * or by what another project has there. The next build says what it must, and gives what a build in a fresh folder gives.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, deployedState, differences, smallProject } from '../support/built.js'
import { type Random, search } from '../support/search.js'

const WORDS = ['app-test', 'two-other', 'notes.txt', 'stage=all', '-j2']

const VARIANTS: readonly Readonly<Record<string, string>>[] = [
  smallProject(),
  {
    ...smallProject(),
    'src/lib/greet.ts': 'export const greet = (name: string) => `Good day ${name}.\\n`\n',
    'src/page.html': '<p>PAGE</p>\n',
    'notes/a.txt': 'b\n',
    'node_modules/tiny/index.js': "export default 'TINY'\n",
  },
]

function outputsOf(project: Built): Record<string, string> {
  return Object.fromEntries(Object.entries(project.outputs()).filter(([path]) => !path.startsWith('notes/')))
}

function stateFiles(project: Built): string[] {
  return [...project.list(['node_modules', 'src', 'config', 'notes', 'terraform'])]
    .filter(([path, { kind }]) => path.startsWith('.coworks/') && kind === 'file')
    .map(([path]) => path)
}

/** Which file it is, without what differs from one build to the next. */
function kindOf(path: string): string {
  return path
    .slice('.coworks/'.length)
    .replace(/^(fresh|cache\/\w+|build)\/.*?([^/]*)$/, (_, folder: string, name: string) => (folder === 'build' ? `build/${name}` : folder))
    .replace(/-?[0-9a-f]{64}/g, '')
}

type Damage = readonly [name: string, harm: (project: Built, path: string, random: Random, other: Built) => void]

const edit = (change: (bytes: Buffer, random: Random) => Uint8Array) => (project: Built, path: string, random: Random) =>
  writeFileSync(project.at(path), change(readFileSync(project.at(path)), random))

const DAMAGES: readonly Damage[] = [
  [
    'a bit flipped',
    edit((bytes, random) => {
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      return bytes
    }),
  ],
  ['a byte changed', edit((bytes, random) => bytes.fill(random.below(256), random.below(bytes.length), random.below(bytes.length)))],
  ['cut', edit((bytes, random) => bytes.subarray(0, random.below(bytes.length)))],
  ['emptied', edit(() => Buffer.alloc(0))],
  ['zeroes at its end, as after a power cut', edit((bytes, random) => bytes.fill(0, random.below(bytes.length)))],
  ['more behind it', edit((bytes) => Buffer.concat([bytes, bytes.subarray(bytes.length >> 1)]))],
  [
    'of another version',
    edit((bytes) => {
      const text = bytes.toString('latin1')
      const changed = text
        .replace(/^coworks journal \d+/, 'coworks journal 9999')
        .replace(/^cwstat\d+/, 'cwstat99')
        .replace(/^cwfresh\d/, 'cwfresh9')
        .replace(/coworksfile-\d+"/, 'coworksfile-999"')
      return changed === text ? Buffer.concat([Buffer.from('99 '), bytes]) : Buffer.from(changed, 'latin1')
    }),
  ],
  [
    'that of another file',
    (project, path, random) => {
      const from = random.pick(stateFiles(project))
      writeFileSync(project.at(path), readFileSync(project.at(from)))
    },
  ],
  [
    "that of another machine's project",
    (project, path, random, other) => {
      const alike = stateFiles(other).filter((one) => kindOf(one) === kindOf(path))
      writeFileSync(project.at(path), readFileSync(other.at(random.pick(alike.length > 0 ? alike : stateFiles(other)))))
    },
  ],
  ['gone', (project, path) => project.remove(path)],
]

test('whatever is done to a file of the state, the next build is right', () => {
  const { rounds } = search('state', 40)
  const first = VARIANTS[0] ?? {}
  const project = new Built(first)
  project.build(WORDS)
  const stateFile = deployedState(project)
  project.write('terraform/terraform.tfstate', stateFile)
  const clean = VARIANTS.map((files) => {
    const fresh = new Built({ ...files, 'terraform/terraform.tfstate': stateFile })
    const { ok, taints } = fresh.json(WORDS)
    assert.ok(ok)
    return { project: fresh, outputs: outputsOf(fresh), taints: taints.map(({ command }) => command) }
  })
  const tried = new Map<string, number>()
  let variant = 0
  project.build([...WORDS, '--json'])
  project.build([...WORDS, '--json'])
  for (const { round, random } of rounds()) {
    const kinds = [...new Set(stateFiles(project).map(kindOf))]
    const kind = random.pick(kinds)
    const harmed = stateFiles(project).filter((path) => kindOf(path) === kind)
    const [name, harm] = random.pick(DAMAGES)
    for (const path of random.chance(0.5) ? harmed : [random.pick(harmed)])
      if (existsSync(project.at(path)) && readFileSync(project.at(path)).length > 0)
        harm(project, path, random, clean[1 - variant]?.project as Built)
    const did = [`${kind}: ${name}`]
    if (random.chance(0.4)) {
      // What was built is taken from the cache, if it can be.
      for (const path of Object.keys(outputsOf(project))) if (random.chance(0.6)) project.remove(path)
      did.push('outputs gone')
    }
    if (random.chance(0.3)) {
      variant = 1 - variant
      for (const [path, text] of Object.entries(VARIANTS[variant] ?? {})) project.write(path, text)
      did.push('sources changed')
    }
    const where = `round ${round}, ${did.join(', ')}`
    const run = project.run([...WORDS, '--json'])
    assert.is(run.status, 0, `${where}: ${run.stdout}${run.stderr}`)
    assert.is(run.stderr.replace(/^coworks: .*journal · (was written by another version|has a damaged end).*\n/, ''), '', where)
    const expected = clean[variant]
    assert.equal(differences(outputsOf(project), expected?.outputs ?? {}), [], where)
    const { taints } = JSON.parse(run.stdout) as { taints: { command: string }[] }
    assert.equal(
      taints.map(({ command }) => command),
      expected?.taints,
      where,
    )
    if (round % 5 === 0) assert.is(project.run([...WORDS, '-q']).status, 0, `${where}: not fresh after it`)
    tried.set(name, (tried.get(name) ?? 0) + 1)
  }
  console.log(
    `TORTURE state: ${[...tried]
      .map(([name, times]) => `${times} ${name}`)
      .sort()
      .join('; ')}`,
  )
})

test('a journal that is no journal is said in one line, and what it does not know is built again', () => {
  const project = new Built(VARIANTS[0])
  project.build(WORDS)
  const before = outputsOf(project)
  for (const [bytes, says] of [
    ['coworks journal 9999\n', 'was written by another version of coworks, or is damaged'],
    [`${project.read('.coworks/journal').slice(0, -7)}`, 'has a damaged end, which is dropped'],
  ] as const) {
    project.write('.coworks/journal', bytes)
    const { stdout, stderr } = project.build([...WORDS, '-Q'])
    assert.match(`${stdout}${stderr}`, `coworks: warning: .coworks/journal · ${says} · what it does not know is built again\n`)
    assert.equal(differences(outputsOf(project), before), [])
  }
})

test('a journal that cannot be read is not taken for one that is not there', () => {
  const project = new Built(VARIANTS[0])
  project.build(WORDS)
  rmSync(project.at('.coworks/journal'))
  mkdirSync(project.at('.coworks/journal'))
  const { status, stderr } = project.run(WORDS)
  assert.is(status, 2)
  assert.match(
    stderr,
    /^coworks: \*\*\* \.coworks\/journal · cannot be read: EISDIR: .* · mend that, or remove it: everything is then built again\n$/,
  )
})

test('the state of one machine, used on another with other sources', () => {
  const [a, b] = VARIANTS.map((files) => new Built(files))
  if (a === undefined || b === undefined) throw new Error('two are made')
  a.build(WORDS)
  b.build(WORDS)
  const expected = outputsOf(b)
  rmSync(b.at('.coworks'), { recursive: true })
  cpSync(a.at('.coworks'), b.at('.coworks'), { recursive: true, preserveTimestamps: true })
  assert.ok(b.json(WORDS).ok)
  assert.equal(differences(outputsOf(b), expected), [])
})

test('a cache poisoned by another user: a wrong blob is never used', () => {
  const project = new Built(VARIANTS[0])
  project.build(WORDS)
  const expected = outputsOf(project)
  const blobs = stateFiles(project).filter((path) => path.startsWith('.coworks/cache/blobs/'))
  assert.ok(blobs.length > 5)
  // All that another project made, under the names of what this one made.
  for (const path of blobs) project.write(path, 'export const handler = () => "poison"\n')
  for (const path of Object.keys(expected)) project.remove(path)
  rmSync(project.at('.coworks/build'), { recursive: true })
  project.build(WORDS)
  assert.equal(differences(outputsOf(project), expected), [])
  assert.not.ok([...project.list(['node_modules', '.coworks/cache']).values()].some(({ bytes }) => bytes.includes('poison')))
  // And those that were wrong are gone from it: the next one finds what is right.
  for (const path of Object.keys(expected)) project.remove(path)
  assert.ok(Object.values(project.work(WORDS)).includes('cached'))
})

test('a description is taken from the cache where only the module has a say in it, and from the module where it reads a file', () => {
  const module = (service: string, head: string, memory: string) => `import { Config, TechMicroService } from 'coworks'
${head}
class Service extends TechMicroService {
  get() { return 'hello' }
}
const memorySize = ${memory}
export const service = new Service({ name: '${service}', configs: [new Config({ workspace: 'dev', version: '1', memorySize })] })
`
  const files = {
    'Coworksfile.ts': `import { CwsProject } from 'coworks/cws'\nCwsProject([], [['app-clock', ['dev']], ['two-file', ['dev']]])\n`,
    'package.json': JSON.stringify({ name: 'small', version: '1.0.0', type: 'module', dependencies: { coworks: '*' } }),
    // Another one whenever it is asked.
    'src/app.ts': module('clock', '', '128 + Math.floor(performance.timeOrigin % 8000)'),
    'src/two.ts': module('file', "import { readFileSync } from 'node:fs'", "Number(readFileSync('memory.txt', 'utf8'))"),
    'memory.txt': '256',
  }
  const memoryOf = (project: Built, name: string) => Number(/memory_size\s*=\s*(\d+)/.exec(project.read(`terraform/${name}.dev.tf`))?.[1])
  const first = new Built(files)
  first.build(['stage=all'])
  assert.is(memoryOf(first, 'two-file'), 256)
  const asked = memoryOf(first, 'app-clock')
  const runner = new Built({ ...files, 'memory.txt': '512' })
  cpSync(first.at('.coworks/cache'), runner.at('.coworks/cache'), { recursive: true })
  runner.build(['stage=all'])
  assert.is(memoryOf(runner, 'app-clock'), asked)
  assert.is(memoryOf(runner, 'two-file'), 512)
})

for (const count of [2, 10]) {
  test(`${count} builds at once in one project end in what a clean build gives`, async () => {
    const files = VARIANTS[0] ?? {}
    const fresh = new Built(files)
    fresh.build(WORDS)
    const expected = outputsOf(fresh)
    const project = new Built(files)
    const all = [
      WORDS,
      ['stage=dev', 'app-test', 'notes.txt'],
      ['stage=prod', 'microservice=app-test'],
      ['layer.zip'],
      ['notes.txt'],
      ['stage=all', '-j4'],
      ['stage=dev', 'microservice=two-other'],
      ['terraform/app-test.tf'],
      ['stage=all', '--random'],
      ['notes.txt', 'layer.zip'],
    ].slice(0, count)
    for (let turn = 0; turn < 2; turn++) {
      const runs = await Promise.all(all.map((words) => project.start(words)))
      for (const [index, { status, stderr }] of runs.entries()) assert.is(status, 0, `${all[index]?.join(' ')}: ${stderr}`)
      assert.equal(differences(outputsOf(project), expected), [])
      assert.equal(project.work(WORDS), {}, 'something is built again')
      assert.not.match(project.run([...WORDS, '--cache-disable']).stderr, 'journal')
      assert.not.ok(existsSync(project.at('.coworks/lock')))
      // Once more, from outputs that are gone: each finds some of them made.
      for (const path of Object.keys(expected)) project.remove(path)
    }
  })
}

test.run()
