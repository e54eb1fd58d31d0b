/**
 * Names that come out the same although what they name is not: `_` joins the parts of a resource's name, and may be in each of them. Terraform
 * takes two resources of one name and type for a mistake in files that nobody wrote, so it is said of the declarations. Pure.
 */
import { layerAddress, stageLabel } from '../terraform/index.js'
import type { Problem } from '../util/problem.js'
import type { Declarations, ProjectDeclaration } from './declarations.js'
import { paths } from './microservice.js'

/** What a permission, a rule or a mapping of ours is named besides. */
const SUFFIXES = { suffix: ['', '_authorizer'], workspace: ['', '_authorizer', '_schedule', '_on'] } as const

/** Of all that is declared, what would be called like something else. Names of different folders are of different states. */
export function sameNames({ projects, layers }: Declarations): Problem[] {
  const problems: Problem[] = []
  for (const terraformDir of new Set(projects.map((project) => project.terraformDir))) {
    const beside = projects.filter((project) => project.terraformDir === terraformDir)
    const resources = new Names('two resources of Terraform would be called `', problems)
    for (const { what, name, staging } of named(beside)) {
      for (const suffix of SUFFIXES[staging]) resources.add(name + suffix, what)
    }
    const versions = new Names('two layer versions would be called `', problems)
    const files = new Names('two files would be called `', problems)
    for (const project of beside) {
      for (const { name, stages } of project.microservices)
        for (const stage of stages) files.add(paths.stage({ name, project }, stage), `${name}, stage ${stage}`)
    }
    for (const project of beside) {
      const stages = new Set(project.microservices.flatMap((one) => one.stages))
      for (const layer of layers) {
        for (const stage of stages) {
          const what = `layer ${layer.name}, stage ${stage}`
          if (project.staging === 'suffix') versions.add(layerAddress(layer.name, stage), what)
          files.add(paths.layer(project, layer.name, stage), what)
        }
      }
    }
  }
  return problems
}

/** The stages of a folder by what their resources are named after; with workspaces the microservices, of which each state holds one stage. */
function* named(projects: readonly ProjectDeclaration[]): Generator<{ what: string; name: string; staging: 'suffix' | 'workspace' }> {
  for (const { microservices, staging } of projects) {
    for (const { name, stages } of microservices) {
      if (staging === 'workspace') yield { what: name, name: stageLabel(name, '', staging), staging }
      else for (const stage of stages) yield { what: `${name}, stage ${stage}`, name: stageLabel(name, stage), staging }
    }
  }
}

/** One problem for each two that share names, whatever number of names. */
class Names {
  private readonly owners = new Map<string, string>()
  private readonly told = new Set<string>()

  constructor(
    private readonly what: string,
    private readonly problems: Problem[],
  ) {}

  add(name: string, owner: string): void {
    const other = this.owners.get(name)
    if (other === undefined) this.owners.set(name, owner)
    if (other === undefined || other === owner || this.told.has(`${other} ${owner}`)) return
    this.told.add(`${other} ${owner}`)
    this.problems.push({ where: other, what: `${this.what}${name}': of this, and of ${owner}`, hint: 'rename one of them' })
  }
}
