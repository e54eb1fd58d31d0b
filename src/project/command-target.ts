/** `Command` as a target: a shell line, a program, or a function, whose outputs are written aside and moved into place. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Action, ActionContext, Input, Target } from '../build/index.js'
import { digestOf, type Json, sha256 } from '../util/hash.js'
import { CoworksError } from '../util/problem.js'
import { shellWord } from '../util/quote.js'
import type { CommandDeclaration, SourceDeclaration } from './declarations.js'
import { fileSet } from './file-set.js'

export function commandTarget(declaration: CommandDeclaration): Target {
  const { targets, sources, action, env, version } = declaration
  const inputs: Input[] = [
    ...sources.map((source, index) => sourceInput(source, index)),
    ...env.map((name): Input => ({ kind: 'env', name })),
  ]
  const id = targets[0] ?? ''
  const engineAction: Action = {
    name: 'command',
    version: `1 ${version}`,
    // The names of the targets too: what a program writes often depends on an extension, and none of it may be shared then.
    params: { action: action.kind === 'function' ? sha256(action.run.toString()) : (action as unknown as Json), targets },
    title: titleOf(declaration),
    strays: true,
    run: async (context) => {
      await runCommand(declaration, context)
      return {}
    },
  }
  return { id, outputs: targets, inputs, requires: [], action: engineAction }
}

/** What makes a target out of date, as the engine counts it. */
export function sourceInput(source: SourceDeclaration, index: number): Input {
  switch (source.kind) {
    case 'path':
      return { kind: 'file', path: source.path }
    case 'value':
      return { kind: 'value', name: `value ${index + 1} (${digestOf(source.value).slice(0, 8)})`, value: source.value }
    case 'all-files':
      return { kind: 'set', set: fileSet(source) }
  }
}

async function runCommand({ action, targets, sources }: CommandDeclaration, context: ActionContext): Promise<void> {
  const outputs = targets.map((path) => context.output(path))
  const files = sources.flatMap((source) =>
    source.kind === 'path'
      ? [join(context.root, source.path)]
      : source.kind === 'all-files'
        ? context.files(fileSet(source)).map((entry) => join(context.root, entry.path))
        : [],
  )
  if (action.kind === 'function') {
    await action.run({ root: context.root, targets: outputs, sources: files, signal: context.signal, log: (text) => context.log(text) })
    return
  }
  const variables: Record<string, readonly string[]> = {
    TARGET: outputs.slice(0, 1),
    TARGETS: outputs,
    SOURCE: files.slice(0, 1),
    SOURCES: files,
  }
  const words =
    action.kind === 'shell'
      ? ['/bin/sh', '-c', substitute(action.line, (name) => variables[name]?.map(shellWord).join(' '))]
      : action.words.flatMap((word) => expand(word, variables))
  await run(words, context)
}

/** `$TARGET`, `${TARGET}`; `$$` is a dollar; every other variable is the shell's. */
function substitute(line: string, value: (name: string) => string | undefined): string {
  return line.replace(/\$(?:\$|(TARGETS?|SOURCES?)\b|\{(TARGETS?|SOURCES?)\})/g, (all, plain?: string, braced?: string) =>
    all === '$$' ? '$' : (value(plain ?? braced ?? '') ?? all),
  )
}

/** A word that is `$SOURCES` becomes as many words; inside a longer word they are joined with spaces. */
function expand(word: string, variables: Record<string, readonly string[]>): readonly string[] {
  const whole = /^\$\{?(TARGETS?|SOURCES?)\}?$/.exec(word)?.[1]
  return whole === undefined ? [substitute(word, (name) => variables[name]?.join(' '))] : (variables[whole] ?? [])
}

function run(words: readonly string[], context: ActionContext): Promise<void> {
  const [program = '', ...args] = words
  return new Promise((resolve, reject) => {
    // Its own process group: an interrupt must reach what the shell started too.
    const child = spawn(program, args, { cwd: context.root, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const kill = (): void => {
      if (child.pid === undefined) return // never started: 0 would be our own group
      try {
        process.kill(-child.pid, 'SIGTERM')
      } catch {} // gone already
    }
    context.signal.addEventListener('abort', kill)
    let tail = ''
    const keep = (chunk: Buffer): void => {
      context.log(chunk.toString('utf8'))
      tail = (tail + chunk.toString('utf8')).slice(-4000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error: NodeJS.ErrnoException) => {
      context.signal.removeEventListener('abort', kill)
      reject(
        new CoworksError({
          where: context.target.id,
          what: error.code === 'ENOENT' ? `the program \`${program}' is not on the PATH` : error.message,
        }),
      )
    })
    child.on('close', (code, signal) => {
      context.signal.removeEventListener('abort', kill)
      if (code === 0) resolve()
      else
        reject(
          new CoworksError({
            where: context.target.id,
            what: `the command ended with ${signal ?? `status ${code}`}`,
            detail: tail.trimEnd() || undefined,
          }),
        )
    })
  })
}

/** The line as it would be run with the paths that the user knows. */
function titleOf({ action, targets, sources }: CommandDeclaration): string {
  if (action.kind === 'function') return `${action.run.name || 'function'}(${targets.join(', ')})`
  const files = sources.flatMap((source) =>
    source.kind === 'path' ? [source.path] : source.kind === 'all-files' ? [`${source.dir}/…`] : [],
  )
  const variables: Record<string, readonly string[]> = {
    TARGET: targets.slice(0, 1),
    TARGETS: targets,
    SOURCE: files.slice(0, 1),
    SOURCES: files,
  }
  const line = action.kind === 'shell' ? action.line : action.words.join(' ')
  return substitute(line, (name) => variables[name]?.join(' '))
}
