/**
 * The package.json of a new project, or the user's own with what is missing in it. Takes and returns text. What a user has
 * stays: of a script, a dependency or a field that is there, its own one counts.
 */
import { parseJsonObject, stringsOf } from '../util/json-object.js'
import { CoworksError, type Problem } from '../util/problem.js'
import { insertMember, replaceMember } from './json-edit.js'

/** What the tests of this package were run with. */
export const DEV_DEPENDENCIES = { '@types/node': '20.19.43', typescript: '6.0.3' } as const

/** What `npm init` writes where there is no test. */
const NO_TEST = 'echo "Error: no test specified" && exit 1'

export interface Wanted {
  /** Of a package.json that is not there yet. */
  readonly name: string
  /** What stands for coworks in `dependencies`: a version, or where it lies. */
  readonly coworks: string
  readonly testFile: string
  /** The one that `npm run build` builds. */
  readonly stage: string
}

export interface Merged {
  readonly text: string
  /** What the user should know: lines of text. */
  readonly notes: readonly string[]
}

const scriptsOf = ({ testFile, stage }: Wanted): Readonly<Record<string, string>> => ({
  // Without a word `coworks` means dev.
  build: stage === 'dev' ? 'coworks build' : `coworks build stage=${stage}`,
  test: `node --import coworks/register --test ${testFile}`,
  types: 'tsc --noEmit',
})

export function newPackageJson(wanted: Wanted): string {
  const fields = {
    name: wanted.name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: scriptsOf(wanted),
    dependencies: { coworks: wanted.coworks },
    devDependencies: DEV_DEPENDENCIES,
  }
  return `${JSON.stringify(fields, null, 2)}\n`
}

/** @throws CoworksError where it is no package.json, or has coworks where no layer would find it. */
export function mergePackageJson(text: string, wanted: Wanted): Merged {
  const fields = parseJsonObject(text, 'package.json')
  const problems = fieldProblems(fields)
  if (problems.length > 0) throw new CoworksError(problems)
  const notes: string[] = []
  let merged = text
  const add = (field: string, key: string, value: string): void => {
    if (parseJsonObject(merged, 'package.json')[field] === undefined) merged = insertMember(merged, [], field, { [key]: value })
    else merged = insertMember(merged, [field], key, value)
  }
  const scripts = stringsOf(fields.scripts)
  for (const [name, line] of Object.entries(scriptsOf(wanted))) {
    const own = scripts[name]
    if (own === undefined) add('scripts', name, line)
    else if (name === 'test' && own === NO_TEST) merged = replaceMember(merged, ['scripts', 'test'], line)
    else if (own !== line) notes.push(`your script \`${name}' of package.json was left; what coworks would have put there: ${line}`)
  }
  if (stringsOf(fields.dependencies).coworks === undefined) add('dependencies', 'coworks', wanted.coworks)
  for (const [name, version] of Object.entries(DEV_DEPENDENCIES)) {
    const there = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].some((field) =>
      Object.hasOwn(stringsOf(fields[field]), name),
    )
    if (!there) add('devDependencies', name, version)
  }
  return { text: merged, notes }
}

function fieldProblems(fields: Readonly<Record<string, unknown>>): Problem[] {
  const where = 'package.json'
  const problems: Problem[] = ['scripts', 'dependencies', 'devDependencies']
    .filter((field) => {
      const value = fields[field]
      return value !== undefined && (value === null || typeof value !== 'object' || Array.isArray(value))
    })
    .map((field) => ({ where, what: `\`${field}' is not an object` }))
  if (stringsOf(fields.devDependencies).coworks !== undefined)
    problems.push({
      where,
      what: "has coworks in `devDependencies', where no layer finds its runtime",
      hint: "move it to `dependencies'",
    })
  return problems
}
