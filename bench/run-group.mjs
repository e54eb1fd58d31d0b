// One group: its project is generated, every tool is set up in it, its scenarios are run in their order. Tools that keep to a folder of their
// own share one copy of the project; those that want the project laid out in their way have one each, of static files whatever the group's are
// (they zip both alike), which serves all groups of that size: to set some of them up takes most of a minute.
import { join } from 'node:path'
import { contest } from './measure/contest.mjs'
import { environment, timed } from './measure/run.mjs'
import { shapeOf } from './project/shape.mjs'
import { putAside } from './project/trash.mjs'
import { Tree } from './project/tree.mjs'
import { toolNamed } from './tools/index.mjs'

/** `context`: { repo, work, home, rounds, budget, keep, absent, say }. Returns scenario id → results. */
export function runGroup(group, context) {
  const { absent } = context
  const names = ['coworks', ...new Set(group.scenarios.flatMap(({ against }) => against))]
  const here = names.map(toolNamed).filter((tool) => tool !== undefined && !absent.has(tool.name))
  const shared = grow(group.project, 'shared', context, true)
  const treeOf = (tool) => (tool.ownTree ? ownTree(group.project, tool, context) : shared)
  const contestants = here.map((tool) => {
    const env = environment(context.home, tool.environment)
    const own = { ...context, environment: env }
    const tree = treeOf(tool)
    if (!tree.ready?.has(tool.name)) tool.setUp(tree, own)
    tree.ready = new Set([...(tree.ready ?? []), tool.name])
    return { tool, tree, context: own, command: { words: tool.words(tree, own), cwd: tree.root, env }, built: false }
  })
  const results = {}
  try {
    for (const scenario of group.scenarios) results[scenario.id] = runScenario(scenario, contestants, context)
  } finally {
    for (const one of contestants) one.tool.tearDown?.(one.tree, one.context)
  }
  if (!context.keep) shared.remove('.')
  return results
}

function runScenario(scenario, contestants, { rounds, budget, say }) {
  const taking = contestants.filter(({ tool }) => tool.name === 'coworks' || scenario.against.includes(tool.name))
  const failures = scenario.work === 'start' ? [] : settle(taking, scenario, say)
  const ready = taking.filter(({ tool }) => !failures.some(({ name }) => name === tool.name))
  const runs = scenario.words === undefined ? ready : ready.map((one) => withWords(one, scenario.words))
  return [...contest({ scenario, contestants: runs, rounds: Math.min(scenario.rounds ?? rounds, rounds), budget, say }), ...failures]
}

const withWords = (one, words) =>
  one.tool.name === 'coworks' ? { ...one, command: { ...one.command, words: [...one.command.words.slice(0, 2), ...words] } } : one

function ownTree(project, tool, context) {
  const { microservices, files } = project
  const key = `${tool.name}-${microservices}x${files}`
  const found = context.ownTrees.get(key) ?? grow({ ...project, variant: 'static' }, tool.name, context, tool.asksGit === true)
  context.ownTrees.set(key, found)
  return found
}

/** A copy of a project; one that an earlier run left is used again where that was asked for. */
function grow(project, key, { work, repo, keep, say }, committed) {
  const { packages, microservices, files, variant } = project
  const shape = packages ? { ...shapeOf({ microservices: 0, files: 0, variant }), packages } : shapeOf(project)
  const root = join(work, `${packages ? `${packages.count}x${packages.files}` : `${microservices}x${files}`}-${variant}-${key}`)
  const tree = new Tree(root, shape, repo)
  if (keep && tree.isThere) return tree
  say(
    `generating ${packages ? `${packages.count} × ${packages.files}` : `${microservices} × ${files}`} files for ${key === 'shared' ? 'all' : key}`,
  )
  putAside(root, work)
  tree.generate()
  if (committed) tree.commit()
  return tree
}

/** Brings everyone up to date with the project as it is, so that the next run of each has nothing to do. Not for what begins cold. Returns those that could not. */
function settle(taking, scenario, say) {
  const failures = []
  for (const one of taking) {
    const { tool, tree, command } = one
    try {
      if (!one.built && scenario.work !== 'cold') {
        say(`${scenario.id}: ${tool.title} is set up`)
        timed(command)
      }
      if (scenario.deployed) tool.deploy?.(tree)
    } catch (error) {
      failures.push({ name: tool.name, failure: error.message })
    }
    // After an edit was undone, nobody has seen it yet.
    one.built = scenario.work !== 'edit'
  }
  return failures
}
