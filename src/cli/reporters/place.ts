/** Where a problem lies, for a service that shows it beside the line: of `src/app.ts:12:3` the parts. Pure. */

export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/** Nothing where a problem lies in no file: in a microservice, a stage, the command line. */
export function placeOf(where: string | undefined, isFile: (path: string) => boolean): Place | undefined {
  if (where === undefined) return undefined
  const [, file = '', line, column] = /^(.+?):(\d+)(?::(\d+))?(?=$|, )/s.exec(where) ?? []
  if (file !== '' && isFile(file)) return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) }
  // `Coworksfile.ts, Layer('x')`, `config/dev.json (microservice app-test, …)`
  const plain = [where, where.split(', ')[0] ?? '', where.split(' (')[0] ?? ''].find((one) => one !== '' && isFile(one))
  return plain === undefined ? undefined : { file: plain }
}
