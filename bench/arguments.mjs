// The words after `npm run bench --`. Pure: says what is meant, or what is wrong.
import { parseArgs } from 'node:util'
import { GROUPS, SCENARIOS } from './scenarios.mjs'

export const USAGE = `Measures coworks beside the tools that a user could pick instead, on the same work, and holds the ratios against their targets.

    npm run bench                    everything (less than 15 minutes); writes the figures of docs/performance.md
    npm run bench -- --quick         fewer sizes, rounds and tools (about a minute); writes no docs
    npm run bench -- --only null-10000 --only edit-static

  --quick           sizes up to 10,000 files; coworks, the floors, ninja, SCons and turbo
  --only SCENARIO   only this one; may be given more than once
  --against TOOL    only beside this one; may be given more than once
  --smoke           every scenario and tool once, on tiny projects: shows that all of it runs here; its figures mean nothing
  --docs            write docs/performance.md all the same
  --no-docs         do not
  --keep            leave the generated projects, and use those that were left
  --list            name the scenarios and their targets
  --help            this

Installed under .build/bench: the tools of npm. From Debian, where this is root: ninja-build, scons, zip, time. What cannot be had is skipped by name.
The raw figures are left in .build/bench/figures.json. Ends with 1 where a target was missed or a tool failed.

Scenarios: ${SCENARIOS.map(({ id }) => id).join(' ')}
`

const QUICK_TOOLS = ['zip6', 'zip9', 'archiver', 'ninja', 'scons', 'turbo', 'git', 'node', 'walk']

const tiny = (project) =>
  project.packages
    ? { ...project, packages: { count: 6, files: 6 } }
    : { ...project, microservices: Math.min(project.microservices, 4), files: 10 }

/** @throws Error with what is wrong */
export function plan(words) {
  const repeated = { type: 'string', multiple: true, default: [] }
  const flag = { type: 'boolean', default: false }
  const { values } = parseArgs({
    args: words,
    options: {
      quick: flag,
      smoke: flag,
      only: repeated,
      against: repeated,
      docs: flag,
      'no-docs': flag,
      keep: flag,
      list: flag,
      help: flag,
    },
    allowPositionals: false,
  })
  const unknown = values.only.find((id) => !SCENARIOS.some((scenario) => scenario.id === id))
  if (unknown !== undefined) throw new Error(`no scenario is named \`${unknown}'; there are ${SCENARIOS.map(({ id }) => id).join(', ')}`)
  const some = values.only.length > 0
  const wanted = ({ id, quick = true }, group) => (some ? values.only.includes(id) : !values.quick || (group.quick && quick))
  const mayTakePart = (tool, { slow = [] }) => {
    if (values.against.length > 0) return values.against.includes(tool)
    return !values.quick || (QUICK_TOOLS.includes(tool) && !slow.includes(tool))
  }
  return {
    ...values,
    docs: !values['no-docs'] && !values.smoke && (values.docs || (!values.quick && !some && values.against.length === 0)),
    // A round is one run of each. Whoever is slow makes fewer: `budget` is the time that one contestant may take in one scenario.
    rounds: values.smoke ? 1 : values.quick ? 5 : 15,
    budget: values.quick ? 1_200 : 3_000,
    groups: GROUPS.map((group) => ({
      ...group,
      project: values.smoke ? tiny(group.project) : group.project,
      scenarios: group.scenarios
        .filter((scenario) => wanted(scenario, group))
        .map((scenario) => ({ ...scenario, against: scenario.against.filter((tool) => mayTakePart(tool, group)) })),
    })).filter(({ scenarios }) => scenarios.length > 0),
  }
}
