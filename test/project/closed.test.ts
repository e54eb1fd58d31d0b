import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isClosed, mayCallHelp } from '../../src/project/closed.js'

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

const NO_HELP = [
  `import { AllFiles, CwsProject } from "${CWS}";\nCwsProject([AllFiles("src")], []);`,
  `import {\n  AllFiles,\n  CwsProject\n} from "${CWS}";\nCwsProject([AllFiles("src")], []);`,
  'import { readdirSync } from "node:fs";\nreaddirSync("src");',
  'import os from "node:os";\nimport * as path from "node:path";\nconsole.log(os, path);',
  'Layer("a.zip");\n//# sourceMappingURL=data:application/json;base64,Help+import',
]
for (const code of NO_HELP) test(`never calls Help(): ${code}`, () => assert.not(mayCallHelp(code, CWS)))

const MAY_HELP = [
  `import { Help } from "${CWS}";\nHelp("mine");`,
  `import {\n  Help as say\n} from "${CWS}";\nsay("mine");`,
  `import * as cws from "${CWS}";\ncws["He" + "lp"]("mine");`,
  `import cws from "${CWS}";`,
  'import "our-presets";',
  'import { presets } from "our-presets";',
  'import { createRequire } from "node:module";',
  'import { runInThisContext } from "node:vm";',
  'const { presets } = await import("our-presets");',
  'process.getBuiltinModule("module");',
  'eval("1");',
  '[].map.constructor("return 1")();',
  'cws["H\\u0065lp"]("mine");',
]
for (const code of MAY_HELP) test(`may call Help(): ${code}`, () => assert.ok(mayCallHelp(code, CWS)))

test.run()
