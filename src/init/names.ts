/** What a new project's microservice and stages are called: as asked for, or after the folder. Takes text, returns names. */
import { CoworksError, type Problem } from '../util/problem.js'

export interface Names {
  /** `app-shop` */
  readonly microservice: string
  /** `app`: src/app.ts */
  readonly module: string
  /** `shop` */
  readonly service: string
  readonly stages: readonly string[]
}

export const DEFAULT_STAGES = 'dev,prod'
/** Of a function, `app-shop-prod`: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const LONGEST_FUNCTION = 64
/** Words that cannot name what a module exports; the others of the language are no more likely than to be told by the compiler. */
const NO_EXPORT = new Set(
  `await break case catch class configs const continue debugger default delete do else enum export extends false finally for function
   if implements import in instanceof interface let new null package private protected public return static super switch this throw true
   try typeof var void while with yield assert test client gateway Config CORSConfig TechMicroService Service`.split(/\s+/),
)

/** @throws CoworksError with everything that cannot be a name */
export function namesOf(given: string | undefined, stages: string | undefined, folder: string): Names {
  const problems: Problem[] = []
  const microservice = given === undefined ? `app-${fromFolder(folder)}` : given.includes('-') ? given : `app-${given}`
  const [, module = '', service = ''] = /^([A-Za-z_][A-Za-z0-9_]*)-([A-Za-z0-9][A-Za-z0-9_-]*)$/.exec(microservice) ?? []
  if (module === '' || NO_EXPORT.has(module)) {
    const what = `\`${microservice}' cannot be the name of a microservice`
    const hint =
      module === '' ? 'module-service, such as app-shop: letters, digits, - and _' : `src/${module}.ts could not export \`${module}'`
    problems.push({ where: '--name', what, hint })
  }
  const list = (stages ?? DEFAULT_STAGES).split(',').map((stage) => stage.trim())
  for (const stage of list) {
    if (/^[A-Za-z0-9_]{1,64}$/.test(stage) && stage !== 'all') continue
    problems.push({ where: '--stages', what: `\`${stage}' cannot be the name of a stage`, hint: "letters, digits and _; not `all'" })
  }
  if (new Set(list).size < list.length) problems.push({ where: '--stages', what: 'names a stage twice' })
  const longest = Math.max(...list.map((stage) => stage.length)) + microservice.length + 1
  if (problems.length === 0 && longest > LONGEST_FUNCTION) {
    const what = `a function's name would have ${longest} characters; Lambda takes ${LONGEST_FUNCTION}`
    problems.push({ where: '--name', what, hint: 'a shorter --name' })
  }
  if (problems.length > 0) throw new CoworksError(problems)
  return { microservice, module, service, stages: list }
}

/** `My Shop` -> `my-shop`; `hello` where nothing of it can be kept. */
export function fromFolder(folder: string): string {
  const plain = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '')
  return plain === '' ? 'hello' : plain
}
