/** The push of a watch: what was built last, by the same update that `coworks update` makes, and what came of it as plain data. */
import type { Push } from '../watch/index.js'
import { terraformText } from './report-update.js'
import { type UpdateOptions, updateStages } from './update-stages.js'

export const pushStages: Push = async (project, { wanted, push }, signal) => {
  const options = push as UpdateOptions
  const update = await updateStages(project, project.stageArtifacts({ ...wanted, named: true }), options, signal, () => {})
  return {
    ok: update.stages.every(({ result }) => result.outcome !== 'failed' && result.outcome !== 'not-attempted'),
    functions: update.stages.map(({ result }) => ({ function: result.built.name, outcome: result.outcome })),
    notes: [...update.notes.map((note) => `coworks: ${note}`), ...terraformText(update.stages)],
    failures: update.stages.flatMap(({ result }) => result.problems),
  }
}
