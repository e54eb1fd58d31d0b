/**
 * How the stages of a folder are kept apart, checked. A workspace holds all microservices of its folder, so they must all have its stage:
 * one that has not would fail the plan of that workspace.
 */
import { nearestHint } from '../util/nearest.js'
import type { Problem } from '../util/problem.js'
import type { Declarations, ProjectDeclaration } from './declarations.js'

export function stagingProblems(where: string, project: ProjectDeclaration, { projects }: Declarations): Problem[] {
  const { staging, terraformDir } = project
  if (staging !== 'suffix' && staging !== 'workspace')
    return [
      {
        where: `${where}, staging`,
        what: `unknown staging \`${String(staging)}'`,
        hint: nearestHint(String(staging), ['suffix', 'workspace']),
      },
    ]
  const beside = projects.filter((one) => one.terraformDir === terraformDir)
  if (beside.some((one) => one.staging !== staging))
    return [{ where, what: `${terraformDir} holds both kinds of staging`, hint: 'give one of the projects another terraformDir' }]
  if (staging === 'suffix') return []
  const [first, ...others] = [...beside, project].flatMap(({ microservices }) => microservices)
  const key = (stages: readonly string[]) => [...stages].sort().join(', ')
  return others.flatMap(({ name, stages }) =>
    first === undefined || key(stages) === key(first.stages)
      ? []
      : [
          {
            where,
            what: `${name} has the stages ${key(stages)}, and ${first.name} ${key(first.stages)}: a workspace holds all microservices of its folder`,
            hint: 'give them the same stages, or another terraformDir',
          },
        ],
  )
}
