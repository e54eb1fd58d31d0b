/**
 * What is said between a build and the child that describes: JSON, a line each. A module can write into the child's end (any open file is
 * anyone's in a process), so a line counts only if it repeats the number of the question, which a module is never told. Reads no socket.
 */
import type { DescribeAnswer } from './describe.js'

/** The file descriptor that the child is given. */
export const CHANNEL = 3

/** Another, on which nothing is said: it ends with the build at its other end. */
export const LIFELINE = 4

/** A description is some kilobytes; this is a module that writes into what is not its own. */
const MOST_CHARACTERS = 32 * 1024 * 1024

export interface Numbered {
  readonly id: string
  /** Did the module change what all modules share, so that no other may be described in its process? */
  readonly spoilt: boolean
  readonly answer: DescribeAnswer
}

export class AnswerReader {
  private parts: string[] = []
  private size = 0

  /** The answer to the question `id`, once its line is whole. What is no answer to it is passed over. */
  take(text: string, id: string): Numbered | 'too much' | undefined {
    const end = text.lastIndexOf('\n')
    if (end < 0) return this.keep(text)
    const whole = this.parts.join('') + text.slice(0, end)
    this.clear()
    for (const line of whole.split('\n')) {
      const found = line.includes(id) ? answerOf(line, id) : undefined
      if (found !== undefined) return found
    }
    return this.keep(text.slice(end + 1))
  }

  /** For the next question. */
  clear(): void {
    this.parts = []
    this.size = 0
  }

  private keep(text: string): 'too much' | undefined {
    this.parts.push(text)
    this.size += text.length
    if (this.size <= MOST_CHARACTERS) return undefined
    this.clear()
    return 'too much'
  }
}

function answerOf(line: string, id: string): Numbered | undefined {
  try {
    const value = JSON.parse(line) as Partial<Numbered> | null
    return value?.id === id && typeof value.answer === 'object' ? (value as Numbered) : undefined
  } catch {
    return undefined
  }
}
