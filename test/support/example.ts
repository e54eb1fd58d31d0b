/** An example of this repository, copied to a folder of its own and built there as a user would. */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Built } from './built.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()

/** What a build leaves in the example's folder, and what is installed there. */
const NOT_WRITTEN = /^(node_modules|terraform|\.coworks|[^/]*\.zip)(\/|$)/

/** The example, not built yet, with the packages it depends on; or undefined after saying what is skipped. */
export function copyExample(name: string): Built | undefined {
  const from = join(REPO, 'examples', name)
  const { dependencies = {} } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
  const packages = Object.keys(dependencies).filter((dependency) => dependency !== 'coworks')
  if (!packages.every((one) => existsSync(join(from, 'node_modules', one)))) {
    console.log(`SKIPPED examples/${name}: its packages are not installed (npm install --prefix examples/${name})`)
    return undefined
  }
  const project = new Built()
  cpSync(from, project.path, { recursive: true, filter: (path) => !NOT_WRITTEN.test(relative(from, path)) })
  for (const one of packages) cpSync(join(from, 'node_modules', one), project.at(`node_modules/${one}`), { recursive: true })
  return project
}
