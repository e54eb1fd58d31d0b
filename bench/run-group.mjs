// One group: its project is generated, every tool is set up in it, its scenarios are run in their order. Tools that keep to a folder of their
// own share one copy of the project; those that want the project laid out in their way have one each.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { contest } from './measure/contest.mjs'
import { environment, timed } from './measure/run.mjs'
import { shapeOf } from './project/shape.mjs'
import { Tree } from './project/tree.mjs'
import { toolNamed } from './tools/index.mjs'

/** `context`: { repo, work, home, rounds, budget, keep, absent, say }. Returns scenario id → results. */
export function runGroup(group, context) {
  const { say, absent } = context
  const names = ['coworks', ...new Set(group.scenarios.flatMap(({ against }) => against))]
  const here = names.map(toolNamed).filter((tool) => tool !== undefined && !absent.has(tool.name))
  const trees = new Map()
  const treeOf = (tool) => {
    const key = tool.ownTree ? tool.name : 'shared'
    if (!trees.has(key)) trees.set(key, grow(group, key, context, tool.ownTree !== true || tool.asksGit === true))
    return trees.get(key)
  }
  const contestants = here.map((tool) => {
    const tree = treeOf(tool)
    const env = environment(context.home, tool.environment)
    const own = { ...context, environment: env }
    tool.setUp(tree, own)
    return { tool, tree, context: own, command: { words: tool.words(tree, own), cwd: tree.root, env }, built: false }
  })
  const results = {}
  for (const scenario of group.scenarios) {
    const taking = contestants.filter(({ tool }) => tool.name === 'coworks' || scenario.against.includes(tool.name))
    const failures = scenario.work === 'start' ? [] : settle(taking, scenario, say) // those that cannot take part
    const ready = taking.filter(({ tool }) => !failures.some(({ name }) => name === tool.name))
    const runs = scenario.words === undefined ? ready : ready.map((one) => withWords(one, scenario.words))
    results[scenario.id] = [...contest({ scenario, contestants: runs, rounds: context.rounds, budget: context.budget, say }), ...failures]
  }
  for (const one of contestants) one.tool.tearDown?.(one.tree, one.context)
  if (!context.keep) for (const tree of trees.values()) tree.remove('.')
  return results
}

const withWords = (one, words) =>
  one.tool.name === 'coworks' ? { ...one, command: { ...one.command, words: [...one.command.words.slice(0, 2), ...words] } } : one

/** A copy of the group's project; one that an earlier run left is used again where that was asked for. */
function grow({ name, project }, key, { work, repo, keep, say }, committed) {
  const shape = project.packages
    ? { ...shapeOf({ microservices: 0, files: 0, variant: 'layer' }), packages: project.packages }
    : shapeOf(project)
  const root = join(work, `${name.replaceAll(/\W+/g, '-')}-${key}`)
  const tree = new Tree(root, shape, repo)
  if (keep && existsSync(tree.at('generated'))) return tree
  say(`${name}: generating the project`)
  rmSync(root, { recursive: true, force: true })
  tree.generate()
  if (committed) tree.commit()
  tree.write('generated', '')
  return tree
}

/** Brings everyone up to date with the project as it is, so that the next run of each has nothing to do. Not for what begins cold. */
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
