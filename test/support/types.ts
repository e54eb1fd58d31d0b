/** The declarations of the package, made anew from the sources, and TypeScript as a user runs it on a program against them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { Folder } from './folder.js'

const REPO = process.env.COWORKS_REPO ?? process.cwd()
let emitted: string | undefined

/** The folder of the declarations, as `npm run build` puts them into dist/types. */
export function declarations(): string {
  if (emitted !== undefined) return emitted
  const folder = new Folder()
  const config = ts.getParsedCommandLineOfConfigFile(
    join(REPO, 'tsconfig.build.json'),
    { outDir: folder.path },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
  )
  if (config === undefined) throw new Error('tsconfig.build.json cannot be read')
  ts.createProgram(config.fileNames, config.options).emit()
  emitted = folder.path
  return emitted
}

/** What the compiler says of these programs under `strict`, one line a message. Nothing: they are sound. */
export function compilerSays(files: Readonly<Record<string, string>>): string[] {
  const folder = new Folder()
  const names = Object.entries(files).map(([name, text]) => {
    writeFileSync(folder.at(name), text)
    return folder.at(name)
  })
  const types = declarations()
  const program = ts.createProgram(names, {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    types: ['node'],
    typeRoots: [join(REPO, 'node_modules/@types')],
    paths: {
      coworks: [join(types, 'service/index.d.ts')],
      'coworks/cws': [join(types, 'project/cws.d.ts')],
      'coworks/api': [join(types, 'project/api.d.ts')],
    },
  })
  return ts.getPreEmitDiagnostics(program).map((one) => {
    const place =
      one.file === undefined
        ? ''
        : `${one.file.fileName.replace(`${folder.path}/`, '')}:${one.file.getLineAndCharacterOfPosition(one.start ?? 0).line + 1}: `
    return place + ts.flattenDiagnosticMessageText(one.messageText, '\n')
  })
}
