/** A file whose name holds escapes and line ends, saved under a watch: its lines name it as text, and the terminal obeys none of it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CliProject, smallProject } from '../support/cli.js'
import { endAll, Running } from '../support/running.js'

test.after(endAll)

for (const words of [[], ['--json']])
  test(`names that a terminal would obey, in the lines of coworks watch ${words.join(' ')}`, async () => {
    const project = new CliProject(smallProject())
    const running = new Running(project, ['watch', ...words])
    await running.says(words.length === 0 ? /first build → .*\n/ : /"event":"build".*\n/)
    if (!running.output.includes('watching')) await running.says(/watching.*\n/)
    project.write('src/red\u001b[31m\n12:00:00 all is well.txt', 'x\n')
    await running.says(/src\/red.*\n/)
    assert.is(await running.stop(), 0)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    assert.not.match(running.output, /\u001b/)
    assert.not.match(running.output, /^12:00:00 all is well/m)
    if (words.length > 0) for (const line of running.output.trim().split('\n')) if (line.startsWith('{')) assert.ok(JSON.parse(line))
  })

test.run()
