/**
 * `node --import coworks/register`: Node then runs TypeScript as a build would compile it, decorators and all, so that a test
 * imports the very sources of a microservice. It only announces the hooks; what they do is in `hooks.ts`.
 */
import { register } from 'node:module'

process.setSourceMapsEnabled(true)
// By name, not by an import: Node loads the hooks into a thread of their own.
register(new URL('./register-hooks.js', import.meta.url))
