/** `versions.tf`: the versions of Terraform and of the provider that the other files need. */
import type { Action, Target } from '../build/index.js'
import type { Snapshot, World } from '../build/state.js'
import { renderVersions } from '../terraform/index.js'
import { inFolder, paths } from './microservice.js'
import { readTemplates, recognisesTerraform, type TemplateFiles, templatesInput } from './rendered-file.js'

/**
 * The versions that the files need. Terraform takes one `required_providers` a folder: where a file of the user's has it,
 * there is none of ours.
 */
export function versionsTarget(world: World, terraformDir: string, templates: TemplateFiles): Target | undefined {
  const id = paths.versions(terraformDir)
  // One that a trace knows is ours: a build that does nothing does not open it to see.
  const own = world.trace(id) === undefined ? undefined : id.slice(id.lastIndexOf('/') + 1)
  if (declaresProviders(world.snapshot, terraformDir, own)) return undefined
  const action: Action = {
    name: 'terraform-versions',
    version: '1',
    params: null,
    title: `render ${id}`,
    run: async (context) => {
      context.write(id, renderVersions(readTemplates(context, templates), templates.options))
      return {}
    },
  }
  return { id, outputs: [id], inputs: [templatesInput(templates)], requires: [], action, recognises: recognisesTerraform }
}

/** By the names in a folder, those that may be a user's. Ours are named after a microservice or a layer: `<name>-<service>.tf`, `<name>.<stage>.tf`. Reading them all would slow every build. */
const foreign = new WeakMap<readonly string[], readonly string[]>()

function declaresProviders(snapshot: Snapshot, dir: string, own: string | undefined): boolean {
  const names = snapshot.entries(dir)
  const candidates = foreign.get(names) ?? names.filter((name) => /^[A-Za-z0-9_]+\.tf$/.test(name))
  foreign.set(names, candidates)
  return candidates.some((name) => {
    const path = inFolder(dir, name)
    if (name === own || snapshot.kind(path) !== 'file') return false
    const text = snapshot.bytes(path).toString('utf8')
    return /^\s*required_providers\s*\{/m.test(text) && !recognisesTerraform(Buffer.from(text.slice(0, 512)))
  })
}
