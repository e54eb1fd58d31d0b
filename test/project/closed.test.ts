import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isClosed } from '../../src/project/closed.js'

const CWS = 'file:///somewhere/dist/cws.js'
const closed = (code: string) => isClosed(`// Coworksfile.ts\nimport { AllFiles, CwsProject, Layer } from "${CWS}";\n${code}\n`, CWS)

test('what only declares is closed', () => {
  assert.ok(closed("Layer('layer.zip')\nCwsProject([AllFiles('src')], [['app-test', ['dev', 'prod']]])"))
  assert.ok(closed('const names = [...new Set(["a", "b"])].sort().map((name) => [`${name}-api`, ["dev"]]);\nCwsProject([], names);'))
  assert.ok(isClosed(`import * as cws from "${CWS}";\ncws.Layer("a.zip");\n//# sourceMappingURL=data:application/json;base64,process`, CWS))
})

const WAYS_OUT = [
  'if (process.env.CI) Layer("a.zip")',
  'import { readdirSync } from "node:fs";',
  'import { list } from "some-package";',
  'const { list } = await import("some-package");',
  'Layer(`${Date.now()}.zip`)',
  'Layer(`${new Date()}.zip`)',
  'Layer(`${Math.random()}.zip`)',
  'Layer(`${performance.now()}.zip`)',
  'Layer(globalThis["pro" + "cess"].env.NAME)',
  'Layer([].map.constructor("return 1")())',
  'Layer(new Error().stack)',
  'Layer(pr\\u006fcess.env.NAME)',
  'eval("1")',
  'new Function("return 1")()',
  'Layer(import.meta.url)',
  'Layer((1).toLocaleString())',
  'console.log("said at each build")',
  'setTimeout(() => {}, 1)',
]

for (const code of WAYS_OUT) test(`not closed: ${code}`, () => assert.not(closed(code)))

test.run()
