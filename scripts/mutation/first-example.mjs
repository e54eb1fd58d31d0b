// Bundled with each test: the first example that fails will do, no smaller one is looked for.
import fc from 'fast-check'

if (process.env.MUTATION_ACTIVE !== undefined) fc.configureGlobal({ endOnFailure: true })
