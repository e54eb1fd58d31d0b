/** The environment variables of a stage: its config's own, and those of its file. No message shows a value: they are secrets. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigDescription } from '../service/description.js'
import { CoworksError } from '../util/problem.js'

/** @param root the project's folder @throws CoworksError naming the file and the workspace */
export function environmentVariables(
  root: string,
  { environmentVariables, environmentVariablesFile: file, workspace }: ConfigDescription,
): Readonly<Record<string, string>> {
  if (file === null) return environmentVariables
  const failed = (what: string, hint: string) =>
    new CoworksError({ where: `workspace ${workspace}`, what: `its environment variables file ${file} ${what}`, hint })
  let text: string
  try {
    text = readFileSync(join(root, file), 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw failed(missing ? 'is missing' : 'cannot be read', 'a JSON object of strings: { "NAME": "value" }')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw failed('is not JSON', 'a flat object of strings: { "NAME": "value" }')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw failed('is no object', 'a flat object of strings: { "NAME": "value" }')
  const bad = Object.entries(value).find(([, one]) => typeof one !== 'string')
  if (bad !== undefined) throw failed(`has \`${bad[0]}', which is no string`, 'write numbers and lists in quotes')
  return { ...environmentVariables, ...(value as Readonly<Record<string, string>>) }
}
