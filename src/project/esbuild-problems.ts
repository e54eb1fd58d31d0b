/** esbuild's messages as problems: file, line and column of the user, and the line itself. */
import type { Message } from 'esbuild'
import { type Problem, problemsOf } from '../util/problem.js'

export function esbuildProblems(error: unknown): Problem[] {
  const messages = (error as { errors?: readonly Message[] }).errors
  return Array.isArray(messages) && messages.length > 0 ? messages.map(messageProblem) : [...problemsOf(error)]
}

export function messageProblem(message: Message): Problem {
  const { location, text, notes } = message
  const hint = location?.suggestion ? `did you mean ${location.suggestion}?` : notes.find((note) => note.text)?.text
  if (!location) return { what: text, hint }
  const marker = `${' '.repeat(location.column)}${'~'.repeat(Math.max(1, location.length))}`
  return {
    where: `${location.file}:${location.line}:${location.column + 1}`,
    what: text,
    hint,
    detail: `${location.lineText}\n${marker}`,
  }
}
