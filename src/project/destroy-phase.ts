/**
 * Taking stages down: which files go with them, and the Terraform folder without these files, for as long as it takes to plan and apply.
 * Where it is not applied they come back, and the folder is what it was. A file that coworks did not write stays.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { layerAddress } from '../terraform/index.js'
import type { DeployFolder } from './deploy-phase.js'
import { type OwnersRequest, stagesOf } from './folder-owners.js'
import { type Microservice, paths } from './microservice.js'
import { recognisesTerraform } from './rendered-file.js'

export interface GoingStages {
  /** From the project's folder. */
  readonly files: readonly string[]
  /** What is shared by the stages that stay, to be written anew, with those that have a file. */
  readonly shared: readonly {
    readonly microservice: Microservice
    readonly before: ReadonlySet<string>
    readonly after: ReadonlySet<string>
  }[]
}

/** `keepApi`: an API stays although its last stage goes. */
export function goingStages(request: OwnersRequest, { terraformDir, workspace, stages }: DeployFolder, keepApi: boolean): GoingStages {
  const { root, layers } = request
  const files: string[] = []
  const shared: { microservice: Microservice; before: ReadonlySet<string>; after: ReadonlySet<string> }[] = []
  for (const { microservice, stage } of stages) files.push(paths.stage(microservice, stage), paths.zip(microservice, stage))
  if (workspace === undefined) {
    for (const microservice of new Set(stages.map((one) => one.microservice))) {
      const before = stagesOf(request, microservice).filter((stage) => existsSync(join(root, paths.stage(microservice, stage))))
      const after = before.filter((stage) => !stages.some((one) => one.microservice === microservice && one.stage === stage))
      if (after.length === 0 && !keepApi) files.push(paths.api(microservice))
      else shared.push({ microservice, before: new Set(before), after: new Set(after) })
    }
    const going = new Set(files)
    const staying = terraformFiles(root, terraformDir).filter((file) => !going.has(file))
    for (const stage of new Set(stages.map((one) => one.stage))) {
      for (const { name } of layers) {
        const file = `${terraformDir === '.' ? '' : `${terraformDir}/`}${name}.${stage}.tf`
        const used = staying.some((other) => other !== file && mentions(join(root, other), layerAddress(name, stage)))
        if (!used) files.push(file)
      }
    }
  }
  return { files: files.filter((file) => isOurs(root, file)), shared }
}

function terraformFiles(root: string, terraformDir: string): string[] {
  const dir = join(root, terraformDir)
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .filter((name) => name.endsWith('.tf'))
    .map((name) => (terraformDir === '.' ? name : `${terraformDir}/${name}`))
}

function mentions(file: string, address: string): boolean {
  return new RegExp(`\\b${address.replaceAll('.', '\\.')}(?![\\w-])`).test(readFileSync(file, 'utf8'))
}

/** A zip lies where nobody else puts one; data of a workspace is named after a microservice and its stage. */
function isOurs(root: string, file: string): boolean {
  if (!existsSync(join(root, file))) return false
  return !file.endsWith('.tf') || recognisesTerraform(readFileSync(join(root, file)).subarray(0, 512))
}

/** Moves files out of the way. Returns what puts them back. */
export function moveAside(root: string, files: readonly string[], aside: string): () => void {
  const moved: (readonly [from: string, to: string])[] = []
  const back = (): void => {
    for (const [from, to] of moved.splice(0).reverse()) renameSync(to, from)
  }
  mkdirSync(aside, { recursive: true })
  try {
    for (const [index, file] of files.entries()) {
      const pair = [join(root, file), join(aside, String(index))] as const
      renameSync(...pair)
      moved.push(pair)
    }
  } catch (error) {
    back()
    throw error
  }
  return back
}

/** What the stages of a microservice share, as it is now. Returns what puts it back. */
export function keptFile(root: string, microservice: Microservice): () => void {
  const file = join(root, paths.api(microservice))
  const bytes = existsSync(file) ? readFileSync(file) : undefined
  return () => {
    if (bytes !== undefined) writeFileSync(file, bytes)
  }
}
