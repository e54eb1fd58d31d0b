// limit: 300 s
/** What a user gets whose module, Config, environment file or install cannot be used: status 2, each problem once, nothing written. */
import { mkdirSync, rmSync } from 'node:fs'
import { test } from 'uvu'
import { assertRefused, quickstart, type Refusal, serviceSource, smallProject } from '../support/cli.js'

const DEV = 'config/vars_dev.json (microservice app-test, workspace dev)'
const PROD = 'config/vars_prod.secret.json (microservice app-test, workspace prod)'
const FLAT = 'a flat object of strings: { "NAME": "value" }'
const TWO = "[['app-test', ['dev']], ['web-site', ['dev']]]"

function module(source: string): Record<string, string> {
  return { ...smallProject(), 'src/app.ts': source }
}

function environment(text: string): Record<string, string> {
  return { ...quickstart(), 'config/vars_dev.json': text }
}

function packageJson(dependencies: object): string {
  return JSON.stringify({ name: 'quickstart', private: true, type: 'module', dependencies: { coworks: 'file:../..', ...dependencies } })
}

const noise = Array.from({ length: 20 }, (_, line) => `    noise ${980 + line}`).join('\n')

const cases: Readonly<Record<string, Refusal>> = {
  'a module that is not there': {
    files: smallProject(),
    prepare: (project) => project.remove('src/app.ts'),
    says: ["microservice app-test · its module `app' is not there: no src/app.ts · write src/app.ts, or set srcDir of CwsProject"],
  },
  'a module that is a folder': {
    files: smallProject(),
    prepare: (project) => {
      project.remove('src/app.ts')
      mkdirSync(project.at('src/app.ts'))
    },
    says: ["microservice app-test · its module `app' is not there: no src/app.ts · write src/app.ts, or set srcDir of CwsProject"],
  },
  'a module that is there twice': {
    files: { ...smallProject(), 'src/app.js': '' },
    says: ["microservice app-test · its module `app' is there twice: src/app.ts and src/app.js"],
  },
  'a module that throws while it is loaded': {
    files: module("import 'coworks'\n\nconst nothing: any = undefined\nnothing.at(0)\n"),
    says: ["src/app.ts:4:9 · TypeError: Cannot read properties of undefined (reading 'at') · while microservice app-test was loaded"],
  },
  'a module that throws later, from a timer': {
    files: module("setTimeout(() => {\n  throw new Error('late')\n}, 0)\nawait new Promise(() => {})\n"),
    says: ['src/app.ts:2:9 · Error: late · while microservice app-test was loaded'],
  },
  'a module that throws a string': {
    files: module("throw 'a string'\n"),
    says: ["microservice app-test · threw 'a string'"],
  },
  'a module that throws what has no text': {
    files: module('throw Object.create(null)\n'),
    says: ['microservice app-test · threw [Object: null prototype] {}'],
  },
  'a module that throws nothing': { files: module('throw undefined\n'), says: ['microservice app-test · threw undefined'] },
  'a syntax error': {
    files: module("import 'coworks'\nexport const app = {{\n"),
    says: ['src/app.ts:2:21 · Expected identifier but found "{"\n    export const app = {{\n                        ~'],
  },
  'a service of another name': {
    files: module(serviceSource('', 'tset')),
    says: ["src/app.ts, microservice test · no export is of this name · did you mean `tset'?"],
  },
  'no service at all': {
    files: module('export const app = 1\n'),
    says: ['src/app.ts, microservice test · no export is of this name · the module exports no TechMicroService'],
  },
  'two services of one name': {
    files: module(
      `${serviceSource()}export const twin = new Service({ name: 'test', configs: [new Config({ workspace: 'dev', version: '1.0' })] })\n`,
    ),
    says: ["src/app.ts, microservice test · the exports `app' and `twin' are both of this name"],
  },
  'an import of a package that is not installed': {
    files: module("import nowhere from 'nowhere'\nnowhere()\n"),
    says: ["microservice app-test · imports `nowhere', which is not installed · install the dependencies of the project (npm ci)"],
  },
  'an import of a name that a package does not have': {
    files: module("import { nothing } from 'coworks'\nnothing()\n"),
    says: [
      "src/app.ts:1:10 · SyntaxError: The requested module 'coworks' does not provide an export named 'nothing' · while microservice app-test was loaded",
    ],
  },
  'a module that ends the process': {
    files: module("console.log('goodbye')\nprocess.exit(0)\n"),
    says: [
      'microservice app-test · ended the process (exit 0) while it was loaded · a module must not call process.exit() at its top level\n    goodbye',
    ],
  },
  'a module that never ends, waiting': {
    files: module('setInterval(() => {}, 1000)\nawait new Promise(() => {})\n'),
    env: { COWORKS_DESCRIBE_LIMIT_MS: '800' },
    says: ['microservice app-test · did not finish loading within 0.8 s · does it wait for a server at its top level?'],
  },
  'a module that never ends, busy': {
    files: module('for (;;) {}\n'),
    env: { COWORKS_DESCRIBE_LIMIT_MS: '800' },
    says: ['microservice app-test · did not finish loading within 0.8 s · does it wait for a server at its top level?'],
  },
  'a module that prints a lot before it throws: the end of it is shown': {
    files: module("for (let line = 0; line < 1000; line++) console.log(`noise ${line}`)\nthrow new Error('after')\n"),
    says: [`src/app.ts:2:7 · Error: after · while microservice app-test was loaded\n    …\n${noise}`],
  },
  'a Config that cannot be meant, all of it': {
    files: module(serviceSource(", timeout: 'long', memorySize: 3")),
    says: [
      "src/app.ts:13:58, Config dev · timeout `long' is impossible · seconds, 1 to 900",
      'src/app.ts:13:58, Config dev · memorySize 3 is impossible · MB, 128 to 10240',
    ],
  },
  'a stage without a Config': {
    files: smallProject('', "[['app-test', ['dev', 'staging']]]"),
    words: ['stage=all'],
    says: ["microservice app-test, stage staging · no Config has the workspace `staging' · known: dev"],
  },
  'two broken microservices, both told': {
    files: { ...smallProject('', TWO), 'src/app.ts': "throw new Error('one')\n", 'src/web.ts': 'export const a = {{\n' },
    words: ['-j1'],
    says: [
      'src/app.ts:1:7 · Error: one · while microservice app-test was loaded',
      'src/web.ts:1:19 · Expected identifier but found "{"\n    export const a = {{\n                      ~',
    ],
  },
  'a module that is not there beside one that throws': {
    files: { ...smallProject('', TWO), 'src/app.ts': "throw new Error('one')\n" },
    says: [
      "microservice web-site · its module `web' is not there: no src/web.ts · write src/web.ts, or set srcDir of CwsProject",
      'src/app.ts:1:7 · Error: one · while microservice app-test was loaded',
    ],
  },
  'a broken microservice beside a bad environment file of another': {
    files: {
      ...environment('[]'),
      'Coworksfile.ts':
        "import * as cws from 'coworks/cws'\ncws.Layer('layer.zip')\ncws.CwsProject([cws.AllFiles('src')], [['app-test', ['dev']], ['web-site', ['dev']]])\n",
      'src/web.ts': "throw new Error('two')\n",
    },
    says: ['src/web.ts:1:7 · Error: two · while microservice web-site was loaded', `${DEV} · is not an object · ${FLAT}`],
  },
  'missing environment files, both told': {
    files: quickstart(),
    words: ['stage=all'],
    prepare: (project) => project.remove('config'),
    says: [
      "microservice app-test, stage dev · its environment file `config/vars_dev.json' does not exist · write it: a flat JSON object of strings",
      "microservice app-test, stage prod · its environment file `config/vars_prod.secret.json' does not exist · write it: a flat JSON object of strings",
    ],
  },
  'an environment file that is a folder': {
    files: quickstart(),
    prepare: (project) => {
      project.remove('config/vars_dev.json')
      mkdirSync(project.at('config/vars_dev.json'))
    },
    says: ['config/vars_dev.json · is a folder, not a file'],
  },
  'an environment file outside of the project': {
    files: module(serviceSource(", environmentVariablesFile: '../vars.json'")),
    says: [
      "src/app.ts:13:58, Config dev · environmentVariablesFile `../vars.json' is impossible · a path inside the project's folder, such as `config/vars_dev.json'",
    ],
  },
  'environment files that hold no object, both told': {
    files: { ...environment('["hunter2"]'), 'config/vars_prod.secret.json': '"hunter2"' },
    words: ['stage=all', '-j1'],
    says: [`${DEV} · is not an object · ${FLAT}`, `${PROD} · is not an object · ${FLAT}`],
  },
  'an environment file that is not JSON: what it holds is not shown': {
    files: environment('{ "TOKEN": "hunter2" '),
    says: [`${DEV} · is not JSON · ${FLAT}`],
  },
  'an environment file with values that are no strings, and names that Lambda refuses': {
    files: environment('{ "TOKEN": { "deep": "hunter2" }, "PORT": 80, "AWS_REGION": "hunter2", "A B": "hunter2", "WORKSPACE": "hunter2" }'),
    says: [
      `${DEV} · \`TOKEN' is not a string · Lambda takes strings only: write numbers and lists in quotes`,
      `${DEV} · \`PORT' is not a string · Lambda takes strings only: write numbers and lists in quotes`,
      `${DEV} · \`AWS_REGION' is reserved by Lambda`,
      `${DEV} · \`A B' cannot be the name of a variable · two or more letters, digits and _, a letter first`,
      `${DEV} · \`WORKSPACE' is set by coworks to the name of the stage`,
    ],
  },
  'an environment file of more than 4 KB': {
    files: environment(JSON.stringify({ TOKEN: 'x', LIST: 'hunter2'.repeat(600) })),
    says: [`${DEV} · is 4223 bytes; Lambda takes at most 4096 · the largest: LIST 4200, TOKEN 1`],
  },
  'a layer that no Layer declares': {
    files: { ...quickstart(), 'Coworksfile.ts': (quickstart()['Coworksfile.ts'] ?? '').replace('layer.zip', 'layers.zip') },
    says: [
      "microservice app-test, stage dev · its Config names a layer `layer' that the Coworksfile does not declare · did you mean `layers'?",
    ],
  },
  'nothing installed': {
    files: quickstart(),
    prepare: (project) => rmSync(project.at('node_modules'), { recursive: true }),
    says: ["microservice app-test · imports `coworks', which is not installed · install the dependencies of the project (npm ci)"],
  },
  'a layer whose package is not installed': {
    files: { ...quickstart(), 'package.json': packageJson({ 'left-pad': '1.0.0' }) },
    says: ["layer.zip, package.json · `left-pad' is in package.json but not installed · run: npm install"],
  },
  'a layer whose install is stale': {
    files: {
      ...quickstart(),
      'package.json': packageJson({ 'left-pad': '2.0.0' }),
      'node_modules/left-pad/package.json': '{ "name": "left-pad", "version": "1.0.0" }',
    },
    says: ["layer.zip, package.json · asks for `left-pad' 2.0.0, but 1.0.0 is installed: it is stale · run: npm install"],
  },
}

for (const [name, refusal] of Object.entries(cases)) test(name, () => assertRefused(refusal))

test.run()
