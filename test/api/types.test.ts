// limit: 120 s
/** What the types of `coworks/api` promise to a program, and that they name nothing of the inside. */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compilerSays, declarations } from '../support/types.js'

const SOUND = `import { type BuildEvent, type BuildResult, CoworksError, loadProject, type Outcome, type Problem, type Project, type Run } from 'coworks/api'

export async function program(project: Project): Promise<BuildResult> {
  const run: Run<BuildEvent, BuildResult> = project.build({ microservices: 'all', stages: ['dev'] }, { signal: AbortSignal.timeout(1) })
  for await (const event of run.events) {
    switch (event.type) {
      case 'waiting':
        event.holder.toUpperCase()
        break
      case 'warning':
        event.problem.what.toUpperCase()
        break
      case 'started':
        event.reasons.join()
        break
      case 'finished': {
        const outcome: Outcome = event.target.outcome
        outcome.toUpperCase()
        break
      }
      default:
        event satisfies never
    }
  }
  for await (const event of project.watch({ stages: ['dev'] }, { poll: true })) {
    if (event.type === 'built') event.result.targets.map(({ id }) => event.changed.includes(id))
    else if (event.type === 'warning') event.problem.what.toUpperCase()
    else event satisfies { readonly type: 'watching' }
  }
  const { targets } = await project.plan()
  for (const target of targets) if (target.state === 'stale') target.reasons.join()
  return run.result
}

export async function main() {
  await using project = await loadProject({ directory: '.', cache: 'off' })
  const { failures } = await program(project)
  const first: Problem | undefined = failures[0]
  throw new CoworksError(first ?? { what: 'nothing failed' })
}
`

test('a sound program compiles', () => {
  assert.equal(compilerSays({ 'sound.mts': SOUND }), [])
})

const WRONG = [
  ["await loadProject({ director: '.' })", "'director' does not exist"],
  ["await loadProject({ cache: 'on' })", 'not assignable to type'],
  ["project.build({ stage: 'dev' })", "'stage' does not exist"],
  ['project.build().result.ok', "Property 'ok' does not exist on type 'Promise<BuildResult>'"],
  ['for (const event of project.build().events) event', "must have a '[Symbol.iterator]()'"],
  ['const done = await project.build().result; done.ok = true', 'read-only'],
  ['project.session', "Property 'session' does not exist"],
  ['new Project()', "'Project' only refers to a type"],
] as const

test('the compiler refuses what would not work', () => {
  const files = WRONG.map(([line], index) => [
    `wrong-${index}.mts`,
    `import { loadProject, type Project } from 'coworks/api'\nexport declare const project: Project\nexport const load = loadProject\n${line}\n`,
  ])
  const said = compilerSays(Object.fromEntries(files))
  assert.is(said.length, WRONG.length, said.join('\n'))
  for (const [index, [, says]] of WRONG.entries()) {
    assert.ok(said[index]?.startsWith(`wrong-${index}.mts:4: `), said[index])
    assert.ok(said[index]?.includes(says), said[index])
  }
})

test('the types name nothing of the inside', () => {
  const root = declarations()
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const [, to = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)\.js'/g))
      visit(`${join(dirname(file), to)}.d.ts`)
  }
  visit(join(root, 'project/api.d.ts'))
  const names = [...reached].map((file) => relative(root, file)).filter((name) => !name.startsWith('service/'))
  assert.equal(names.sort(), ['project/api-types.d.ts', 'project/api.d.ts', 'project/load-project.d.ts', 'util/problem.d.ts'])
})

test.run()
