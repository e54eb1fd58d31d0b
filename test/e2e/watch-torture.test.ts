// limit: 4200 s
/**
 * `coworks watch` under random edits, renames, deletes, branch switches and partial writes. Whatever was done, what it leaves must be what a
 * clean build makes of the same files, to the byte; it must fail where that fails; and it must not build without a reason.
 */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, REPO, serviceSource } from '../support/cli.js'
import { Folder } from '../support/folder.js'
import { endAll, Running } from '../support/running.js'
import { type Random, search } from '../support/search.js'

// What a failed test leaves running would keep this process, too.
test.after(endAll)

/** After so many steps, what is there is compared. */
const COMPARED = 25

const service = (name: string, head: string) => `${head}\n${serviceSource('', name)}`

const files = (): Record<string, string> => ({
  'package.json': '{ "name": "torture", "private": true, "type": "module" }\n',
  '.gitignore': 'node_modules\nterraform\n.coworks\nout.txt\n',
  'Coworksfile.ts': `import { AllFiles, Command, CwsProject, Glob } from 'coworks/cws'

Command('out.txt', Glob('notes/*.txt'), 'cat $SOURCES /dev/null > $TARGET')
CwsProject([AllFiles('src', { exclude: 'two/**' })], [
  ['app-one', ['dev', 'prod']],
  ['two-other', ['dev'], { src: [AllFiles('src/two')] }],
])
`,
  'src/app.ts': service(
    'one',
    "import { greet } from './lib/greet.js'\nimport { add } from './lib/deep/add.js'\nconsole.log(greet, add)",
  ).replace(
    "workspace: 'dev', version: '1.0' })]",
    "workspace: 'dev', version: '1.0' }), new Config({ workspace: 'prod', version: '1.0' })]",
  ),
  'src/two.ts': service('other', "import { greet } from './lib/greet.js'\nconsole.log(greet)"),
  'src/lib/greet.ts': "export const greet = 'hello 0'\n",
  'src/lib/deep/add.ts': 'export const add = (a: number, b: number) => a + b\n',
  'src/page.html': '<p>0</p>\n',
  'src/data/rows.csv': 'a,b\n',
  'src/two/two.txt': 'two\n',
  'notes/a.txt': 'a\n',
  'notes/b.txt': 'b\n',
})

const SOURCES = ['src/app.ts', 'src/two.ts', 'src/lib/greet.ts', 'src/lib/deep/add.ts']
const STATIC = ['src/page.html', 'src/data/rows.csv', 'src/two/two.txt', 'notes/a.txt', 'notes/b.txt']
const FOLDERS = ['src/lib', 'src/lib/deep', 'src/data', 'src/two', 'notes']

interface BuildLine {
  readonly event: string
  readonly ok: boolean
  readonly targets: readonly { readonly id: string; readonly reasons: readonly string[] }[]
}

class Torture {
  readonly project = new CliProject(files())
  private readonly aside = new Folder()
  private serial = 0

  constructor() {
    this.git('init', '-q', '-b', 'main')
    this.commit()
    this.git('checkout', '-q', '-b', 'other')
    this.project.write('src/lib/greet.ts', "export const greet = 'other'\n")
    this.project.write('src/page.html', '<p>other</p>\n')
    this.project.write('src/only-other.txt', 'x\n')
    this.project.remove('src/lib/deep')
    this.project.write('src/app.ts', this.project.read('src/app.ts').replace("import { add } from './lib/deep/add.js'", 'const add = 1'))
    this.commit()
    this.git('checkout', '-q', 'main')
  }

  git(...words: readonly string[]): void {
    const user = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'gc.auto=0']
    execFileSync('git', [...user, ...words], { cwd: this.project.path, stdio: 'pipe' })
  }

  private commit(): void {
    this.git('add', '-A')
    this.git('commit', '-q', '-m', 'x')
  }

  private at(path: string): string {
    return this.project.at(path)
  }

  private write(path: string, text: string): void {
    mkdirSync(this.at(path.slice(0, path.lastIndexOf('/'))), { recursive: true })
    writeFileSync(this.at(path), text)
  }

  /** One thing that a person, an editor or git does. */
  async step(random: Random): Promise<string> {
    const { project } = this
    const serial = ++this.serial
    const source = random.pick(SOURCES)
    const file = random.pick(STATIC)
    const folder = random.pick(FOLDERS)
    const kind = random.pick(Object.keys(this.kinds))
    const said = `${kind} ${kind.includes('folder') ? folder : kind.includes('source') || kind === 'break' ? source : file}`
    const there = (path: string) => existsSync(project.at(path))
    await this.kinds[kind]?.({ source, file, folder, serial, there })
    return said
  }

  private readonly kinds: Readonly<
    Record<
      string,
      (given: { source: string; file: string; folder: string; serial: number; there: (path: string) => boolean }) => void | Promise<void>
    >
  > = {
    'edit source': ({ source, serial, there }) => {
      if (there(source)) appendFileSync(this.at(source), `console.log(${serial})\n`)
    },
    'comment source': ({ source, serial, there }) => {
      if (there(source)) appendFileSync(this.at(source), `// ${serial}\n`)
    },
    'edit file': ({ file, serial }) => this.write(file, `${serial}\n`),
    'new file': ({ serial }) => this.write(`src/new/${serial % 3}/n${serial % 5}.txt`, `${serial}\n`),
    'write in two parts': async ({ source, there }) => {
      if (!there(source)) return
      const text = readFileSync(this.at(source), 'utf8')
      writeFileSync(this.at(source), text.slice(0, text.length >> 1))
      await pause(text.length % 70)
      writeFileSync(this.at(source), `${text}console.log(0)\n`)
    },
    'write aside and rename': ({ file, serial }) => {
      this.write(`${file}~`, `${serial} renamed\n`)
      renameSync(this.at(`${file}~`), this.at(file))
    },
    break: ({ source, there }) => {
      if (there(source)) appendFileSync(this.at(source), 'const = 1\n')
    },
    'delete file': ({ file }) => this.project.remove(file),
    'delete source': ({ source }) => this.project.remove(source),
    'delete folder': ({ folder }) => this.project.remove(folder),
    'replace folder': ({ folder, there }) => {
      if (!there(folder)) return
      cpSync(this.at(folder), this.aside.at('copy'), { recursive: true })
      rmSync(this.at(folder), { recursive: true })
      cpSync(this.aside.at('copy'), this.at(folder), { recursive: true })
      this.aside.remove('copy')
    },
    'move folder away and back': async ({ folder, there }) => {
      if (!there(folder)) return
      renameSync(this.at(folder), this.at('moved'))
      await pause(folder.length)
      renameSync(this.at('moved'), this.at(folder))
    },
    'rename file': ({ file, there }) => {
      if (there(file)) renameSync(this.at(file), this.at(`${file}.old`))
      else if (there(`${file}.old`)) renameSync(this.at(`${file}.old`), this.at(file))
    },
    'touch source': ({ source, serial, there }) => {
      if (there(source)) utimesSync(this.at(source), serial, serial)
    },
    'chmod file': ({ file, serial, there }) => {
      if (there(file)) chmodSync(this.at(file), serial % 2 === 0 ? 0o755 : 0o644)
    },
    'remove what was built': ({ serial }) => this.project.remove(serial % 2 === 0 ? 'terraform/tmp' : 'terraform/app-one.dev.tf'),
    'edit Coworksfile': ({ serial }) => appendFileSync(this.at('Coworksfile.ts'), `// ${serial}\n`),
    'break Coworksfile': ({ serial }) =>
      appendFileSync(this.at('Coworksfile.ts'), serial % 2 === 0 ? 'const = 1\n' : "throw new Error('x')\n"),
    template: ({ serial }) => {
      if (serial % 2 === 0) this.write('templates/_logs.hbs', `# ${serial}\n`)
      else this.project.remove('templates')
    },
    'other branch': () => this.switch('other'),
    'main branch': () => this.switch('main'),
    'discard all': () => {
      this.git('reset', '-q', '--hard')
      this.git('clean', '-qfd')
    },
  }

  private switch(branch: string): void {
    this.git('checkout', '-qf', branch)
  }

  /** A clean build of the same files in another place. */
  async clean(): Promise<{ readonly ok: boolean; readonly built: Readonly<Record<string, string>> }> {
    const copy = new CliProject({})
    for (const name of readdirSync(this.project.path))
      if (!['node_modules', 'terraform', '.coworks', '.git', 'out.txt'].includes(name))
        cpSync(this.at(name), copy.at(name), { recursive: true, preserveTimestamps: false })
    const { status } = await copy.run(['stage=all', '-s', '-k', '--cache-disable'])
    const built = outputs(copy)
    copy.remove('.')
    return { ok: status === 0, built }
  }
}

function outputs(project: CliProject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(project.tree()).filter(([path, what]) => (path.startsWith('terraform/') && what !== 'folder') || path === 'out.txt'),
  )
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

/** Of the watch and the process that builds for it. */
function memory(running: Running): number {
  const { pid = 0 } = running.child
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return [pid, ...children].reduce((sum, one) => sum + memoryOf(one), 0)
}

test('random edits end in what a clean build makes', async () => {
  const torture = new Torture()
  const { project } = torture
  symlinkSync(REPO, project.at('linked-outside-of-src'))
  project.remove('linked-outside-of-src')
  const running = new Running(project, ['watch', 'stage=all', '-k', '--json'])
  await running.says(/"event":"build","ok":true.*\n/)
  if (!running.output.includes('"event":"watching"')) await running.says(/"event":"watching"/)
  const { rounds } = search('random edits of a watched project', 2 * COMPARED)
  const log: string[] = []
  const used: number[] = []
  let compared = 0
  let good = 0

  const compare = async (): Promise<void> => {
    // A file that no step touches: the build that names it has seen all that was done before.
    const token = `token ${++compared}`
    project.write('src/token.txt', `${token}\n`)
    const before = lines(running).length
    const seen = /"event":"build".*src\/token\.txt.*\n/
    const failed = /"event":"build","ok":false.*\n/
    await running.says(new RegExp(`${seen.source}|${failed.source}`))
    const clean = await torture.clean()
    // What was said may have been of the steps before; the last word must be right, and come.
    for (;;) {
      const last = lines(running).at(-1)
      const same = clean.ok ? JSON.stringify(outputs(project)) === JSON.stringify(clean.built) : true
      if (last?.ok === clean.ok && same) break
      await running.says(/"event":"build".*\n/).catch(() => {
        assert.equal(
          outputs(project),
          clean.built,
          `after ${log.slice(-2 * COMPARED).join('; ')} (${before} builds; last ok: ${last?.ok}, clean ok: ${clean.ok})`,
        )
        assert.is(last?.ok, clean.ok, log.slice(-2 * COMPARED).join('; '))
      })
    }
    if (clean.ok) good++
    used.push(memory(running))
  }

  let steps = 0
  for (const { random } of rounds()) {
    log.push(await torture.step(random))
    steps++
    if (random.chance(0.4)) await pause(random.below(150))
    if (steps % COMPARED === 0) {
      if (random.chance(0.6)) {
        torture.git('checkout', '-qf', random.pick(['main', 'other']))
        torture.git('clean', '-qfd')
      }
      await compare()
    }
  }
  torture.git('checkout', '-qf', 'main')
  torture.git('clean', '-qfd')
  await compare()
  assert.ok(good > 0, 'at the end all is well')
  const built = lines(running).length
  const third = Math.max(1, Math.floor(used.length / 3))
  const [early, late] = [used.slice(0, third), used.slice(-third)].map((part) => Math.max(...part))
  if (process.env.COWORKS_TORTURE_SECONDS !== undefined)
    console.log(
      `TORTURE ${steps} steps, ${built} rebuilds told, ${compared} comparisons (${good} of projects that build); memory MB: at most ${early?.toFixed(0)} in the first third, ${late?.toFixed(0)} in the last`,
    )
  assert.ok(built <= 2 * (steps + compared) + 1, `${built} rebuilds for ${steps} steps`)
  assert.ok((late ?? 0) < (early ?? 0) * 1.5 + 40, `memory grew from ${early} to ${late} MB`)
  assert.is(await running.stop(), 0)
})

function lines(running: Running): BuildLine[] {
  return running.output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"event":"build"'))
    .map((line) => JSON.parse(line) as BuildLine)
}

test.run()
