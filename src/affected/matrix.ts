/** The affected stages as a CI service takes them to make one job of each. Pure. */
import type { Affected } from '../project/api-types.js'

export type MatrixKind = 'github' | 'gitlab'

/** Jobs that one matrix may have: https://docs.github.com/en/actions/reference/limits and https://docs.gitlab.com/ci/yaml/#parallelmatrix. */
const LIMITS: Readonly<Record<MatrixKind, number>> = { github: 256, gitlab: 200 }

export function matrixText(kind: MatrixKind, { affected }: Pick<Affected, 'affected'>): string {
  const matrix =
    kind === 'github'
      ? { include: affected.map(({ microservice, stage }) => ({ microservice, stage })) }
      : affected.map(({ microservice, stage }) => ({ MICROSERVICE: microservice, STAGE: stage }))
  return `${JSON.stringify(matrix)}\n`
}

/** What the user should know of a matrix that the service will refuse. */
export function matrixNote(kind: MatrixKind, { affected }: Pick<Affected, 'affected'>): string | undefined {
  const limit = LIMITS[kind]
  if (affected.length <= limit) return undefined
  return `${affected.length} stages are affected, and a matrix takes ${limit} jobs at most: name microservices or stages, and make several.`
}
