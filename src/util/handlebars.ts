/**
 * Handlebars, loaded when the first template is compiled: its 30 ms are no business of a command that renders nothing. In the
 * published package it is a file of its own beside the bundles, as what is loaded so late cannot be bundled into them.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type Handlebars from 'handlebars'

let loaded: typeof Handlebars | undefined

export function handlebars(): typeof Handlebars {
  loaded ??= createRequire(import.meta.url)(bundled() ?? 'handlebars') as typeof Handlebars
  return loaded
}

/** Beside `dist/main.js`, above `dist/chunks/x.js`. */
function bundled(): string | undefined {
  return ['./handlebars.cjs', '../handlebars.cjs']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
}
