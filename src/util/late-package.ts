/**
 * A package that is loaded when it is first used: most commands never do. In the published package it is a file of its own beside the bundles, as
 * what is loaded so late cannot be bundled into them.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** @param name of the package, and of the file */
export function latePackage(name: string): unknown {
  return load(besideBundles(`${name}.cjs`, import.meta.url) ?? name)
}

/** In the bundled package `require` is there, and keeps what V8 compiles. */
export function load(file: string): unknown {
  return (typeof require === 'function' ? require : createRequire(import.meta.url))(file)
}

/** A file of ours beside who asks (`from`: its URL) or above: `dist/main.js` and `dist/chunks/x.js` find the same. */
export function besideBundles(name: string, from: string): string | undefined {
  return [`./${name}`, `../${name}`].map((path) => fileURLToPath(new URL(path, from))).find((path) => existsSync(path))
}
