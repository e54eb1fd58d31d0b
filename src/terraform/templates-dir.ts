/** Where the templates that come with coworks lie: beside a bundle in `dist`, or among the sources they are run from. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const templateNames = [
  '_artifact.hbs',
  '_function.hbs',
  '_gateway.hbs',
  '_logs.hbs',
  '_permissions.hbs',
  '_role.hbs',
  '_schedules.hbs',
  '_triggers.hbs',
  '_workspace_events.hbs',
  '_workspace_function.hbs',
  '_workspace_gateway.hbs',
  '_workspace_role.hbs',
  'api.tf.hbs',
  'layer.tf.hbs',
  'layers.tf.hbs',
  'stage.tf.hbs',
  'versions.tf.hbs',
  'workspace.tf.hbs',
] as const

/** Looked for upwards, as the depth differs: `dist/chunks/x.js`, `.build/test/src/terraform/x.js`. */
export function builtinTemplatesDir(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    for (const candidate of [join(dir, 'templates'), join(dir, 'src/terraform/templates')]) {
      if (existsSync(join(candidate, 'stage.tf.hbs'))) return candidate
    }
    if (dir === dirname(dir)) throw new Error('the templates of coworks are not beside its code: the installation is incomplete')
  }
}
