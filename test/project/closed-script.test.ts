import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closedScript } from '../../src/project/closed-script.js'

const CWS = 'file:///somewhere/dist/cws.js'
const URL = 'file:///project/.coworks/coworksfile-1.mjs?load=1'

/** What a text declares; nothing where it is left to Node's loader. */
function declared(code: string, from = CWS): unknown[] | undefined {
  const said: unknown[] = []
  const exports = {
    Layer: (...words: unknown[]) => said.push(['Layer', ...words]),
    Glob: (...words: unknown[]) => said.push(['Glob', ...words]),
  }
  const run = closedScript(code, from, exports, URL)
  run?.()
  return run === undefined ? undefined : said
}

test('an import by name, by another name, of several lines, of all', () => {
  assert.equal(declared(`import { Layer } from "${CWS}";\nLayer("a.zip");`), [['Layer', 'a.zip']])
  assert.equal(declared(`import { Layer as Layer2, Glob } from "${CWS}";\nLayer2("a.zip");\nGlob();`), [['Layer', 'a.zip'], ['Glob']])
  assert.equal(declared(`// presets.ts\nimport {\n  Glob,\n  Layer\n} from "${CWS}";\nLayer("a.zip");`), [['Layer', 'a.zip']])
  assert.equal(declared(`import * as cws from "${CWS}";\ncws.Layer("a.zip");`), [['Layer', 'a.zip']])
  assert.equal(declared(`import * as all from "${CWS}";\nall.Layer("a.zip");`), [['Layer', 'a.zip']])
})

test('a template behind the imports is a text like any other', () => {
  assert.equal(declared(`import { Layer } from "${CWS}";\nconst name = "a";\nLayer(\`${'$'}{name}.zip\`);`), [['Layer', 'a.zip']])
})

test('two files that were bundled each import what they use; what is used above its import is there', () => {
  const code = `// presets.ts\nname();\nimport { Layer } from "${CWS}";\nfunction name() { Layer("b.zip"); }\n// Coworksfile.ts\nimport { Layer as Layer2 } from "${CWS}";\nLayer2("a.zip");`
  assert.equal(declared(code), [
    ['Layer', 'b.zip'],
    ['Layer', 'a.zip'],
  ])
})

test('it is as strict as a module', () => {
  assert.throws(() => declared(`import { Layer } from "${CWS}";\nmistyped = 1;`), /mistyped is not defined/)
  assert.equal(declared(`import { Layer } from "${CWS}";\nLayer((function () { return this })());`), [['Layer', undefined]])
})

test('an error names the line and column of the module', () => {
  for (const [code, place] of [
    [`import {\n  Layer\n} from "${CWS}";\nLayer("a");\n  null.x;`, ':5:8'],
    [`null.x; // first`, ':1:6'],
  ] as const) {
    try {
      declared(code)
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).stack ?? '', `${URL}${place}`)
    }
  }
})

const LOADED = {
  'an export': `import { Layer } from "${CWS}";\nLayer("a.zip");\nexport { x as default };`,
  'another module': `import { Layer } from "node:fs";`,
  'a name that is not exported': `import { Layr } from "${CWS}";`,
  'a name that is not exported beside one that is': `import { Layer, Layr } from "${CWS}";\nLayer("a.zip");`,
  'an export that is not at the beginning of its line': `import { Layer } from "${CWS}";\n  export {};`,
  'a default import': `import cws from "${CWS}";`,
  'work that goes on': `import { Layer } from "${CWS}";\nPromise.resolve().then(() => Layer("a.zip"));`,
  'an async function': `import { Layer } from "${CWS}";\n(async () => Layer("a.zip"))();`,
  'an import within a template': `import { Layer } from "${CWS}";\nLayer(\`\nimport { Glob } from "${CWS}";\n\`);`,
  'an import within a comment': `import { Layer } from "${CWS}";\n/*\nimport { Layer } from "${CWS}";\n*/`,
  'what is a comment to scripts alone': `import { Layer } from "${CWS}";\nvar x = 1;\nx <!--x;\nLayer(x);`,
  'the same, closed': `import { Layer } from "${CWS}";\nvar x = 1;\nx\n--> 0;`,
  'no JavaScript': `import { Layer } from "${CWS}";\nLayer(`,
}
for (const [what, code] of Object.entries(LOADED)) test(`left to the loader: ${what}`, () => assert.is(declared(code), undefined))

test.run()
