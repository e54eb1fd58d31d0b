// Builds the examples with the coworks of this checkout: `node dist/coworks.cjs`, or `node dist/coworks.cjs shop`.
import { Alias, AlwaysBuild, Command, Default } from 'coworks/cws'

/** An example has a Coworksfile of its own, which knows best what is out of date: it is asked every time. */
function example(name: string, words: string): void {
  const report = Command(
    `.build/examples/${name}.txt`,
    ['dist/coworks.cjs', `examples/${name}/Coworksfile.ts`],
    `node dist/coworks.cjs -C examples/${name} ${words} -Q > $TARGET && cat $TARGET`,
  )
  AlwaysBuild(report)
  Alias(name, report)
}

example('quickstart', 'microservice=app-test stage=dev')
example('shop', 'stage=all')
Default('quickstart')
