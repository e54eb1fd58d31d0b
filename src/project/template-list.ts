/**
 * Which templates a project renders with, and where each comes from; and a copy of one to start from. It finds files by
 * their names, as the build does; what is in them it does not know.
 */
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { builtinTemplatesDir, templateNames } from '../terraform/index.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError } from '../util/problem.js'

export interface TemplateOrigin {
  /** `stage.tf.hbs` */
  readonly name: string
  readonly origin: 'built-in' | 'project'
  /** The project's own stands in the place of a built-in one. */
  readonly overrides: boolean
  /** Of the project's own, from its folder. */
  readonly path: string | null
  /** False for a file of the project's own that nothing renders: neither the name of a built-in one, nor a partial. */
  readonly used: boolean
}

/** In the order of names, each as the build would take it. */
export function listTemplates(root: string, templatesDir: string): readonly TemplateOrigin[] {
  const builtin: readonly string[] = templateNames
  const dir = join(root, templatesDir)
  const own = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.hbs')) : []
  return [...new Set([...builtin, ...own])].sort().map((name) => {
    const overrides = builtin.includes(name) && own.includes(name)
    if (!own.includes(name)) return { name, origin: 'built-in', overrides, path: null, used: true }
    return { name, origin: 'project', overrides, path: `${templatesDir}/${name}`, used: overrides || name.startsWith('_') }
  })
}

/** Copies a built-in template into the project. Returns its path there. @throws CoworksError, also where there is one already */
export function copyTemplate(root: string, templatesDir: string, given: string): string {
  const names: readonly string[] = templateNames
  // `stage.tf` and `_function` mean what they are called in a template.
  const name = names.includes(given) ? given : `${given}.hbs`
  if (!names.includes(name))
    throw new CoworksError({ where: given, what: 'no template of this name comes with coworks', hint: nearestHint(given, names) })
  const path = `${templatesDir}/${name}`
  mkdirSync(join(root, templatesDir), { recursive: true })
  try {
    copyFileSync(join(builtinTemplatesDir(), name), join(root, path), constants.COPYFILE_EXCL)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw error
    throw new CoworksError({ where: path, what: 'is there already', hint: 'edit it, or remove it to start from the built-in one again' })
  }
  return path
}
