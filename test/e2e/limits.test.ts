/** Limits before deploy, as a user meets them: budgets, native code for another machine, and what AWS would only say at the apply. */
import { writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, serviceSource, smallProject } from '../support/cli.js'

test('a zip over its budget: refused with what takes the room, nothing half written, and built once the budget allows it', async () => {
  const files = smallProject()
  const coworksfile = (budget: string) => ({
    'Coworksfile.ts': files['Coworksfile.ts']?.replace("['dev']]", `['dev'], { budget: { unzipped: '${budget}' } }]`) ?? '',
  })
  const project = new CliProject({ ...files, ...coworksfile('60 kB'), 'src/data.bin': 'x'.repeat(100_000) })
  const refused = await project.run(['-Q'])
  assert.is(refused.status, 2)
  assert.match(
    refused.stderr,
    /^coworks: \*\*\* terraform\/tmp\/app-test-dev\.zip · \d+\.\d kB unzipped, and its budget is 60\.0 kB · the largest: data\.bin 97\.7 kB, index\.mjs \d+\.\d kB\n/,
  )
  assert.not.ok(project.tree()['terraform/tmp/app-test-dev.zip'])
  for (const [path, text] of Object.entries(coworksfile('1 MB'))) project.write(path, text)
  assert.is((await project.run(['-Q'])).status, 0)
  // A budget set later counts for what is built already.
  for (const [path, text] of Object.entries(coworksfile('61 kB'))) project.write(path, text)
  assert.is((await project.run(['-Q'])).status, 2)
})

test('a budget that is no size is told with its place', async () => {
  const project = new CliProject(smallProject("cws.Layer('layer.zip', { budget: { zipped: 'small' } })\n"))
  const { status, stderr } = await project.run([])
  assert.is(status, 2)
  assert.match(stderr, "Coworksfile.ts, Layer('layer.zip'), budget.zipped · `small' is no size · bytes, or '800 kB', or '1.5 MB'")
})

test('native code for another processor, and a timeout that nobody waits for: warnings, and the build is done', async () => {
  const project = new CliProject({ ...smallProject(), 'src/app.ts': serviceSource(", architecture: 'arm64', timeout: 60") })
  const head = Buffer.alloc(64)
  head.write('\u007fELF\u0002\u0001\u0001', 'latin1')
  head.writeUInt16LE(62, 18)
  writeFileSync(project.at('src/fast.node'), head)
  const { status, stderr } = await project.run(['-Q'])
  assert.is(
    stderr,
    "coworks: warning: microservice app-test, stage dev · `fast.node' in its code is native code for linux x86_64, and the function runs on linux arm64 · " +
      'install it for the function: npm install --os=linux --cpu=arm64 --libc=glibc\n' +
      'coworks: warning: microservice app-test, stage dev · its timeout is 60 s, and only API Gateway calls it, which answers 504 after 29 · ' +
      'shorten it: the function would go on for nobody\n',
  )
  assert.is(status, 0)
})

test('a role whose policy is too long is refused before anything of the stage is written', async () => {
  const statements = `policyStatements: [{ effect: 'Allow', actions: ['s3:GetObject'], resources: Array.from({ length: 400 }, (_, at) => 'arn:aws:s3:::bucket-' + at + '/*') }]`
  const project = new CliProject({ ...smallProject(), 'src/app.ts': serviceSource(`, ${statements}`) })
  const { status, stderr } = await project.run(['-Q'])
  assert.is(status, 2)
  assert.match(
    stderr,
    /stage dev · characters of its role's policy: 1\d,\d{3}, and AWS takes 10,240 · the largest: statement 1 \(s3:GetObject\) /,
  )
  assert.not.ok(project.tree()['terraform/app-test.dev.tf'])
})

test.run()
