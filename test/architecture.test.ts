import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/**
 * Who may import whom. A folder may import those it lists; `types` of a folder are `import type` only, `late` is a dynamic
 * import only. The entries of the package and the command line may reach everything below them; nobody imports `cli`.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  util: [],
  register: [],
  build: ['util'],
  cache: ['util', 'build types'],
  archive: ['util'],
  layer: ['util', 'archive'],
  terraform: ['util', 'service types'],
  taint: ['util', 'build types', 'terraform'],
  service: [],
  gateway: ['util', 'service'],
  update: ['util', 'build', 'taint types', 'terraform types'],
  project: [
    'util',
    'build',
    'cache',
    'archive',
    'layer',
    'terraform',
    'taint',
    'service types',
    'gateway late',
    'affected late',
    'watch late',
  ],
  affected: ['util', 'build types', 'layer', 'service types', 'project'],
  watch: ['util', 'project', 'build'],
  init: ['util', 'layer'],
  sbom: ['util', 'layer'],
  doctor: ['util', 'layer', 'terraform', 'service types'],
  cli: [
    'util',
    'build',
    'cache',
    'archive',
    'layer',
    'terraform',
    'taint',
    'service',
    'gateway',
    'update',
    'project',
    'watch',
    'init',
    'doctor',
    'sbom',
    'affected',
  ],
}

/**
 * Who may touch the world. Deciding is pure: graph, signature, decide, explain, plan, schedule, render and the taint
 * difference take data and return data. A name ending in `/` is a whole folder.
 */
const REACHES: Readonly<Record<string, { readonly pattern: RegExp; readonly files: readonly string[] }>> = {
  disk: {
    pattern: /['"](node:)?(fs|fs\/promises)['"]/,
    files: [
      'affected/affected.ts',
      'affected/artifacts-child.ts',
      'affected/build-side.ts',
      'affected/own-coworks.ts',
      'affected/packages.ts',
      'affected/revision.ts',
      'build/execute.ts',
      'build/file-clock.ts',
      'build/folders.ts',
      'build/journal.ts',
      'build/leftovers.ts',
      'build/lock.ts',
      'build/output-check.ts',
      'build/session.ts',
      'build/hash-file.ts',
      'build/snapshot.ts',
      'build/walk-set.ts',
      'build/stat-cache.ts',
      'build/witness.ts',
      'build/world.ts',
      'cache/directory-cache.ts',
      'cli/entry.ts',
      'cli/load.ts',
      'cli/profile.ts',
      'cli/project-root.ts',
      'cli/reporters/github.ts',
      'cli/reporters/junit.ts',
      'cli/stats.ts',
      'cli/watch-order.ts',
      'watch/folders.ts',
      'watch/loop.ts',
      'cli/update-stages.ts',
      'archive/content.ts',
      'archive/keep.ts',
      'archive/native.ts',
      'archive/output.ts',
      'archive/read-files.ts',
      'gateway/environment-file.ts',
      'gateway/task-folder.ts',
      'util/late-package.ts',
      'util/make-folder.ts',
      'util/unreadable-names.ts',
      'cli/commands/doctor.ts',
      'doctor/folder.ts',
      'doctor/machine.ts',
      'doctor/stages.ts',
      'sbom/packages.ts',
      'sbom/write.ts',
      'init/new-project.ts',
      'init/render.ts',
      'layer/',
      'project/coworksfile-record.ts',
      'project/coworksfile.ts',
      'project/describe.ts',
      'project/description-target.ts',
      'project/deploy-phase.ts',
      'project/destroy-phase.ts',
      'project/diff-phase.ts',
      'project/folder-owners.ts',
      'project/load-project.ts',
      'project/push-ledger.ts',
      'project/secret-files.ts',
      'project/project.ts',
      'project/project-help.ts',
      'project/template-list.ts',
      'project/tree-target.ts',
      'terraform/initialised.ts',
      'terraform/read-state.ts',
      'terraform/templates-dir.ts',
      'update/artifact-store.ts',
      'project/own-files.ts',
      'project/stack.ts',
    ],
  },
  process: {
    pattern: /['"](node:)?child_process['"]/,
    files: [
      'gateway/function-process.ts',
      'doctor/git.ts',
      'init/install.ts',
      'project/command-target.ts',
      'project/describe.ts',
      'watch/builder.ts',
      'affected/git.ts',
      'affected/packages.ts',
      'affected/revision-build.ts',
    ],
  },
  threads: { pattern: /['"](node:)?worker_threads['"]/, files: ['archive/pool.ts', 'archive/zip-worker.ts'] },
  network: {
    pattern: /['"](node:)?(net|http|https|http2|tls|dgram)['"]|@aws-sdk\/|(?:await|return|=)\s+fetch\(/,
    files: ['doctor/online.ts', 'gateway/server.ts', 'project/describe-child.ts', 'update/artifact-store.ts', 'update/aws.ts'],
  },
  environment: {
    pattern: /\bprocess\.(env|cwd\b|argv|chdir)/,
    files: [
      'affected/git.ts',
      'cli/color.ts',
      'cli/commands/help.ts',
      'cli/deploying.ts',
      'cli/commands/doctor.ts',
      'cli/commands/init.ts',
      'doctor/folder.ts',
      'doctor/online.ts',
      'cli/entry.ts',
      'cli/live-line.ts',
      'cli/reporters/index.ts',
      'cli/main.ts',
      'cli/open-project.ts',
      'service/environment.ts',
      'service/handle.ts',
      'terraform/initialised.ts',
      'terraform/read-state.ts',
      'terraform/run.ts',
      'update/artifact-store.ts',
      'cli/local-servers.ts',
      'gateway/run-service.ts',
      'update/aws.ts',
      'build/world.ts',
      'project/describe.ts',
      'project/esbuild.ts',
    ],
  },
  clock: {
    pattern: /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)|\bhrtime\b|\buptime(?:Ms)?\(/,
    files: [
      'cli/profile.ts',
      'cli/commands/watch.ts',
      'watch/build-server.ts',
      'watch/builder.ts',
      'watch/loop.ts',
      'cli/entry.ts',
      'affected/affected.ts',
      'archive/read-files.ts',
      'gateway/function-process.ts',
      'gateway/gateway-child.ts',
      'gateway/serve.ts',
      'gateway/server.ts',
      'build/file-clock.ts',
      'build/execute.ts',
      'build/lock.ts',
      'build/session.ts',
      'build/hash-file.ts',
      'build/folders.ts',
      'project/describe-child.ts',
      'project/project.ts',
      'cli/commands/update.ts',
      'update/clock.ts',
      'util/uptime.ts',
    ],
  },
}

const root = join(process.env.COWORKS_REPO ?? process.cwd(), 'src')

interface Import {
  readonly to: string
  readonly how: 'value' | 'types' | 'late'
}

const files = (readdirSync(root, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
  .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .sort()

/** Source without its comments; strings and templates stay. */
function code(file: string): string {
  const text = readFileSync(join(root, file), 'utf8')
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;,{(])\/\/[^\n]*/g, '')
}

function importsOf(text: string): Import[] {
  const found: Import[] = []
  for (const match of text.matchAll(/^\s*import\s*['"]([^'"\n]+)['"]/gm)) found.push({ to: match[1] ?? '', how: 'value' })
  const clause = /^\s*(?:import|export)\b\s*(type\b(?!\s*,|\s+from))?([^'"`;=()]*?)\bfrom\s*['"]([^'"\n]+)['"]/gm
  for (const match of text.matchAll(clause)) {
    const [, type, names = '', to = ''] = match
    const inner = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]
    const parts = inner?.split(',').filter((part) => part.trim() !== '') ?? []
    const onlyTypes = type !== undefined || (parts.length > 0 && parts.every((part) => /^\s*type\s/.test(part)))
    found.push({ to, how: onlyTypes ? 'types' : 'value' })
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"\n]+)['"]\s*\)(\s*\.\s*[A-Z])?/g)) {
    // `import('x').Name` where a type stands.
    found.push({ to: match[1] ?? '', how: match[2] === undefined ? 'late' : 'types' })
  }
  return found
}

test('imports are read as TypeScript means them', () => {
  const text = [
    `import { a } from './a.js'`,
    `import type { b } from './b.js'`,
    `import {\n  type C,\n  type D,\n} from './c.js'`,
    `import d, { type E } from './d.js'`,
    `import './e.js'`,
    `export interface K { readonly l: 'm' }`,
    `export * from './f.js'`,
    `export type { G } from './g.js'`,
    `const h = await import('./h.js')`,
    `type I = import('./i.js').Name`,
    `export const j = 'from'`,
  ].join('\n')
  assert.equal(
    importsOf(text)
      .map(({ to, how }) => `${to} ${how}`)
      .sort(),
    [
      './a.js value',
      './b.js types',
      './c.js types',
      './d.js value',
      './e.js value',
      './f.js value',
      './g.js types',
      './h.js late',
      './i.js types',
    ],
  )
})

test('every folder of src/ has its arrows', () => {
  const folders = new Set(files.map((file) => file.split('/')[0] ?? ''))
  assert.equal(
    [...folders].filter((folder) => ARROWS[folder] === undefined),
    [],
  )
})

test('imports follow the arrows', () => {
  const wrong: string[] = []
  for (const file of files) {
    const from = file.split('/')[0] ?? ''
    for (const { to, how } of importsOf(code(file))) {
      if (!to.startsWith('.')) continue
      const target = posix.normalize(posix.join(dirname(file), to)).split('/')[0] ?? ''
      if (target === from) continue
      const allowed = ARROWS[from] ?? []
      if (allowed.includes(target)) continue
      if (how !== 'value' && allowed.includes(`${target} ${how}`)) continue
      wrong.push(`${file} imports ${to} (${how})`)
    }
  }
  assert.equal(wrong, [])
})

test('the runtime, which ships to Lambda, needs no package', () => {
  const wrong: string[] = []
  for (const file of files.filter((name) => name.startsWith('service/'))) {
    for (const { to, how } of importsOf(code(file))) {
      if (how === 'value' && !to.startsWith('.') && !to.startsWith('node:')) wrong.push(`${file} imports ${to}`)
    }
  }
  assert.equal(wrong, [])
})

for (const [what, { pattern, files: allowed }] of Object.entries(REACHES)) {
  test(`only the files listed touch: ${what}`, () => {
    const may = (file: string) => allowed.some((name) => (name.endsWith('/') ? file.startsWith(name) : file === name))
    const wrong = files.filter((file) => !may(file) && pattern.test(code(file)))
    assert.equal(wrong, [])
  })
}

test('the lists name only files that need it', () => {
  const stale: string[] = []
  for (const [what, { pattern, files: allowed }] of Object.entries(REACHES)) {
    for (const name of allowed) {
      const meant = files.filter((file) => (name.endsWith('/') ? file.startsWith(name) : file === name))
      if (!meant.some((file) => pattern.test(code(file)))) stale.push(`${what}: ${name}`)
    }
  }
  assert.equal(stale, [])
})

test.run()
