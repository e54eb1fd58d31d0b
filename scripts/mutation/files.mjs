// What is mutated, and by which tests it is to be found out: the core that takes data and gives data, each file by the tests that are there for it. They need neither
// a disk nor another program (but for the shell that reads words back), since each is started anew for every mutant that it reaches.

export const SOURCES = {
  'src/build/decide.ts': ['test/build/decide.test.ts'],
  'src/build/graph.ts': ['test/build/graph.test.ts'],
  'src/build/plan.ts': ['test/build/plan.test.ts'],
  'src/gateway/authorizer-answer.ts': ['test/gateway/answer.test.ts', 'test/gateway/gateway.test.ts'],
  'src/project/closed.ts': ['test/project/closed.test.ts'],
  'src/project/closed-bundle.ts': ['test/project/closed-bundle.test.ts'],
  'src/project/closed-script.ts': ['test/project/closed-script.test.ts'],
  'src/service/authorizer.ts': ['test/service/authorizer.test.ts'],
  'src/service/match.ts': ['test/service/match.test.ts'],
  'src/service/policy.ts': ['test/service/policy.test.ts'],
  'src/taint/taint.ts': ['test/taint/taint.test.ts', 'test/taint/pushed.test.ts'],
  'src/terraform/hcl.ts': ['test/terraform/hcl.test.ts'],
  'src/terraform/names.ts': ['test/terraform/names.test.ts'],
  'src/util/hash.ts': ['test/util/hash.test.ts'],
  'src/util/nearest.ts': ['test/util/nearest.test.ts'],
  'src/util/quote.ts': ['test/util/quote.test.ts'],
}

const chosen = process.env.MUTATION_SOURCES?.split(',') ?? Object.keys(SOURCES)

/** Those of the sources that are mutated this time. */
export const TESTS = [...new Set(chosen.flatMap((source) => SOURCES[source]))]
