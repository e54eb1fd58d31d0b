#!/usr/bin/env node
/**
 * The first file of the command, and for a good part of its calls the only one: it answers what needs no project, and for a build that has
 * nothing to do, as a witness says, what that build would say. It leaves the rest to `main`, and to `load` how that is loaded. Bundled on its own, as CommonJS, with nothing
 * but modules of Node's: every call waits for it.
 */
import { readFileSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { askWitness } from '../build/witness.js'
import { mayHelp } from '../project/coworksfile-record.js'
import { uptimeMs } from '../util/uptime.js'
import { helpAsked, helpWidth, pageFile } from './help-page.js'
import { projectFolder } from './project-folder.js'

/** Put in when the package is built: the version, and what tells one build of the package from another. */
declare const __VERSION__: string
declare const __BUILD__: string

const argv = process.argv.slice(2)
const flags = process.env.COWORKSFLAGS ?? ''
const ready = argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v') && flags === '' ? `coworks ${__VERSION__}\n` : help()
if (ready !== undefined) say([ready])
else {
  const folder = projectFolder(argv, flags)
  const request = folder === undefined ? undefined : JSON.stringify([__BUILD__, argv, flags])
  const answer = folder === undefined || request === undefined ? undefined : askWitness(folder, request, process.env)
  if (answer === undefined || 'drift' in answer) {
    const { loadModule } = module.require('./load.cjs') as typeof import('./load.js')
    const { exports, keep } = loadModule(
      join(__dirname, 'main.cjs'),
      folder === undefined ? undefined : resolve(folder, '.coworks'),
      __BUILD__,
    )
    ;(exports as typeof import('./main.js')).start(argv, request, answer?.drift, keep)
  } else sayAgain(answer.said)
}

/** The page of help that is asked for, where it lies ready and the project has nothing to say before it. */
function help(): string | undefined {
  const asked = helpAsked(argv, flags)
  if (asked === undefined || (asked.ofProject && mayHelp('', sha256))) return undefined
  // process.stdout takes long to load, and what is no terminal has no width.
  const terminal = process.getBuiltinModule('node:tty').isatty(1)
  const file = pageFile(asked.page, helpWidth(terminal ? process.stdout.columns : undefined))
  try {
    return file === undefined ? undefined : readFileSync(`${__dirname}/${file}`, 'utf8')
  } catch {
    return undefined // no such command: that is said by who knows them all
  }
}

/** Loaded late: few calls hash anything. */
function sha256(): (bytes: string | Uint8Array) => string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return (bytes) => createHash('sha256').update(bytes).digest('hex')
}

/** What a build said, with its own milliseconds where they are part of it. */
function sayAgain(said: readonly string[]): void {
  say(said.length === 1 ? said : [said[0] ?? '', String(Math.round(uptimeMs())), said[1] ?? ''])
}

function say(parts: readonly string[]): void {
  const bytes = Buffer.from(parts.join(''), 'utf8')
  let at = 0
  try {
    // Not process.stdout, which takes longer to load than all of this file.
    while (at < bytes.length) at += writeSync(1, bytes, at)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A reader that went away (`coworks … | head`) is no failure; one that is slow is waited for by the stream.
    if (code === 'EAGAIN') process.stdout.write(bytes.subarray(at))
    else if (code !== 'EPIPE') throw error
  }
}
