/**
 * What a microservice says of itself, as a target: its bundle is loaded and asked, and the answer kept in the trace. It is shared through the action
 * cache where nothing but the bundle and the runtime can have a say in it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Action, Target } from '../build/index.js'
import { digestOf, type Json } from '../util/hash.js'
import { type BundleInfo, type BundleRequest, sourceMapOf } from './bundle.js'
import type { Describer } from './describer.js'

/** The description as a target without a file: made again only when the bundle, or a package it imports, changed. */
export function descriptionTarget(id: string, request: BundleRequest, bundle: Target, describer: Describer): Target {
  const { microservice, module, service, esbuildVersion } = request
  const action: Action = {
    name: 'describe',
    version: '4',
    // Who asks, and what a module can ask for without importing anything.
    params: { microservice, service, by: esbuildVersion, node: process.version, platform: process.platform, arch: process.arch },
    title: `describe ${microservice}`,
    run: async (context) => {
      const { imports, closed } = context.dependency(bundle.id).info as unknown as BundleInfo
      const file = join(context.root, bundle.id)
      const { description, notes } = await describer.describe(
        { microservice, module, map: () => sourceMapOf(context.root, request, readFileSync(file)) },
        { file, service },
        context.signal,
      )
      return {
        // The runtime describes it, whether the bundle imports it or carries it along.
        discovered: [...new Set([...imports, 'coworks'])].flatMap((name) => manifestsOf(context.root, name)),
        value: digestOf(description as unknown as Json),
        info: description as unknown as Json,
        warnings: notes.map((what) => ({ where: `microservice ${microservice}`, what })),
        cacheable: closed,
      }
    },
  }
  return { id, outputs: [], inputs: [{ kind: 'target', id: bundle.id }], requires: [], action, internal: true }
}

/** Where an installed package says its version; for the runtime itself also its code. */
function manifestsOf(root: string, name: string): string[] {
  for (let dir = root; ; dir = dirname(dir)) {
    const folder = join(dir, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) {
      const files = name === 'coworks' ? ['package.json', 'dist/service.js'] : ['package.json']
      return files.map((file) => relative(root, join(folder, file)))
    }
    if (dir === dirname(dir)) return [`node_modules/${name}/package.json`]
  }
}
