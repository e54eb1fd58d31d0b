/** The user's own file and line, from the stack of an error thrown in code that esbuild bundled with a source map. */
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `Coworksfile.ts:3:7`, or nothing where no frame lies in the compiled file. `map`: its source map, where it is not in the file itself. */
export function stackPlace(error: unknown, compiled: string, root: string, map?: string): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined
  const importing = importPlace(error.message, error.stack, compiled, root, map)
  if (importing !== undefined) return importing
  for (const [, file, line, column] of error.stack.matchAll(/\(?((?:file:\/\/|\/)[^\s()]*?)(?:\?[^\s():]*)?:(\d+):(\d+)\)?$/gm)) {
    const path = file?.startsWith('file:') ? fileURLToPath(file) : file
    if (path === compiled) return mapped(compiled, Number(line), Number(column), root, map)
    // --enable-source-maps has mapped it already.
    if (path?.startsWith(`${root}/`) && !path.includes('/node_modules/') && !path.startsWith(`${root}/.coworks/`)) {
      return `${relative(root, path)}:${line}:${column}`
    }
  }
  return undefined
}

/** A name that its module does not export: the error has no frame in the importing file, only its line above the stack. */
function importPlace(message: string, stack: string, compiled: string, root: string, map?: string): string | undefined {
  const name = /does not provide an export named '([^']+)'/.exec(message)?.[1]
  const line = Number(/^\S+:(\d+)\n/.exec(stack)?.[1])
  if (name === undefined || !line) return undefined
  const column = (readFileSync(compiled, 'utf8').split('\n')[line - 1] ?? '').search(
    new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`),
  )
  return column < 0 ? undefined : mapped(compiled, line, column + 1, root, map)
}

/** A message as the user knows the files: from the project's folder, whatever the machine. */
export function withoutRoot(text: string, root: string): string {
  return text.replaceAll(`file://${root}/`, '').replaceAll(`${root}/`, '')
}

function mapped(compiled: string, line: number, column: number, root: string, map?: string): string | undefined {
  try {
    const text = map ?? inlineMap(readFileSync(compiled, 'utf8'))
    if (text === undefined) return undefined
    const entry = new SourceMap(JSON.parse(text)).findEntry(line - 1, column - 1)
    if (!('originalSource' in entry)) return undefined
    return `${relative(root, resolve(dirname(compiled), entry.originalSource))}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  } catch {
    return undefined
  }
}

function inlineMap(code: string): string | undefined {
  const inline = /sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/.exec(code)?.[1]
  return inline === undefined ? undefined : Buffer.from(inline, 'base64').toString('utf8')
}
