import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { helpText, optionsText } from '../../src/cli/help.js'
import { commands, options } from '../../src/cli/options/index.js'

test('coworks -h, word for word', async () => {
  assert.is(
    await helpText(undefined, 80),
    `usage: coworks [command] [key=value ...] [targets ...] [options]

Builds AWS Lambda microservices and their Terraform: reads Coworksfile.ts,
decides by content what is out of date, and makes only that.

Commands:
  coworks build       bring layers, zips and Terraform files up to date (the
                      default command)
  coworks init        start a project: in an empty folder, or beside an existing
                      package.json
  coworks taint       print the terraform taint commands again, or run them
  coworks deploy      build, and have Terraform apply it
  coworks destroy     take stages down, and leave the others
  coworks diff        what differs between two stages, or between what is built
                      and what is deployed
  coworks upload      build, and send the zips that go through an S3 bucket and
                      are not there yet
  coworks affected    which stages consist of something else than at a revision
                      of git
  coworks drift       what is built, what Terraform's state says and what Lambda
                      has: which is ahead
  coworks update      push changed code and layers straight to Lambda, without
                      Terraform
  coworks run         serve a microservice on localhost, as API Gateway would
  coworks watch       build again whenever a source changes, a line for each
  coworks info        what microservices say of themselves: routes, authorizers,
                      schedules, configs
  coworks sbom        write what each zip and layer is made of, as CycloneDX 1.6
  coworks doctor      what is missing on this machine or wrong in the project,
                      and what mends it
  coworks templates   list the templates of Terraform's files, or copy one into
                      the project
  coworks completion  print the completion script of a shell: bash, zsh or fish
  coworks help        explain coworks, or one command

Options used most:
  -n, --dry-run        say what would be done, and do nothing
  -q, --question       do nothing; exit 1 if something is out of date, else 0
  -c, --clean          remove what building the targets makes
  -j, --jobs=N         do N things at once; two more than there are processors
                       when left out
  -k, --keep-going     after a failure, go on with what does not depend on it
      --debug=OPTIONS  explain (why something is rebuilt), time, json (write the
                       times and reasons to a file), stacktrace; combined by
                       commas
      --json           one JSON document on stdout, for a program

Examples:
  coworks build microservice=app-test       layer, zip, Terraform files
  stage=dev
  cd terraform && terraform init &&         deploy them
  terraform apply
  coworks build                             again: nothing to do
  coworks build --debug=explain             after an edit: do it, say why
  coworks run microservice=app-test         the same API on localhost
  stage=dev

Keys:
  microservice=a,b|all  the microservices meant; all of them when left out
  stage=a,b|all         the stages meant; dev when left out
  name=value            a variable of the Coworksfile

\`coworks help build\` shows the options of a command, \`coworks -H\` all of them.
COWORKSFLAGS holds options to add to every command line. Exit status: 0 done, 1
-q found work, diff or drift a difference, 2 failed, 130 interrupted.
`,
  )
})

test('coworks help build, word for word', async () => {
  assert.is(
    await helpText('build', 80),
    `usage: coworks build [key=value ...] [targets ...] [options]

Builds what is out of date, by content, and prints the terraform taint commands
that the change calls for. Without targets it builds what the Coworksfile makes
default for the microservices and stages named.

What to do:
  -n, --dry-run, --just-print, --no-exec,   say what would be done, and do
  --recon                                   nothing
  -q, --question                            do nothing; exit 1 if something is
                                            out of date, else 0
  -c, --clean, --remove                     remove what building the targets
                                            makes

How to do it:
      --terraform-bin=NAME  the program to run and to print: terraform when left
                            out, or tofu
  -j, --jobs=N              do N things at once; two more than there are
                            processors when left out
  -k, --keep-going          after a failure, go on with what does not depend on
                            it
      --random              take targets in random order, to find a dependency
                            that is missing

What is shown:
  -s, --silent, --quiet  do not show what is done; errors still are
  -Q                     leave out the progress messages ("coworks: Reading …")
      --tree=OPTIONS     show the tree of dependencies: all, derived (only what
                         is built), prune (each once), status; combined by
                         commas
      --debug=OPTIONS    explain (why something is rebuilt), time, json (write
                         the times and reasons to a file), stacktrace; combined
                         by commas
      --profile=FILE     write a trace of where the time went, for
                         ui.perfetto.dev or chrome://tracing
      --reporter=NAME    text; github (groups, annotations, job summary);
                         junit=FILE (a report beside the text); may be given
                         several times
      --json             one JSON document on stdout, for a program
      --color=WHEN       auto (a terminal without NO_COLOR), always, never

Which project:
  -C, --directory=DIR             change to DIR first; a second one starts from
                                  the first
  -f, --file=FILE, --coworksfile  read FILE instead of Coworksfile.ts
  -u, --up, --search-up           find the Coworksfile in a folder above; build
                                  what is at or below this one
  -D                              find the Coworksfile in a folder above; build
                                  all its defaults

The cache:
      --cache-show                     show what was got from the cache as if it
                                       was built
      --cache-disable, --no-cache      neither read nor fill the cache
      --cache-force, --cache-populate  put into the cache what is already up to
                                       date, too
      --cache-readonly                 read the cache, do not fill it

Help:
  -h, --help          show this project's help and that of coworks
  -H, --help-options  show every option
  -v, --version       show the version

Examples:
  coworks build microservice=app-test       build one microservice for one stage
  stage=dev
  coworks build stage=dev,prod -n           say what two stages would need, and
                                            do nothing
  coworks layer.zip --debug=explain         build one target, and say why
  coworks -c stage=dev                      remove what a build of dev makes

Keys:
  microservice=a,b|all  the microservices meant; all of them when left out
  stage=a,b|all         the stages meant; dev when left out
  name=value            a variable of the Coworksfile
`,
  )
})

test('coworks help completion, word for word', async () => {
  assert.is(
    await helpText('completion', 100),
    `usage: coworks completion bash|zsh|fish [options]

Prints a script that completes commands, options, microservices, stages and targets.

What is shown:
      --debug=OPTIONS  explain (why something is rebuilt), time, json (write the times and reasons
                       to a file), stacktrace; combined by commas
      --json           one JSON document on stdout, for a program
      --color=WHEN     auto (a terminal without NO_COLOR), always, never

Which project:
  -C, --directory=DIR             change to DIR first; a second one starts from the first
  -f, --file=FILE, --coworksfile  read FILE instead of Coworksfile.ts
  -u, --up, --search-up           find the Coworksfile in a folder above; build what is at or below
                                  this one
  -D                              find the Coworksfile in a folder above; build all its defaults

Help:
  -h, --help          show this project's help and that of coworks
  -H, --help-options  show every option
  -v, --version       show the version

Examples:
  source <(coworks completion bash)  in ~/.bashrc
  source <(coworks completion zsh)   in ~/.zshrc, after compinit
  coworks completion fish | source   in ~/.config/fish/config.fish
`,
  )
})

test('coworks -H shows every spelling of every option', async () => {
  const text = await optionsText(80)
  for (const option of options) {
    for (const long of option.long) assert.match(text, new RegExp(`--${long}\\b`))
    if (option.short !== undefined) assert.match(text, new RegExp(`-${option.short}\\b`))
  }
})

test('every command that is not hidden has help and an example that names it', async () => {
  const overview = await helpText(undefined, 80)
  for (const { name, hidden } of commands) {
    assert.is(overview.includes(`\n  coworks ${name} `), hidden !== true, name)
    if (hidden !== true) assert.match(await helpText(name, 80), `usage: coworks ${name}`)
  }
})

test('no line is wider than the terminal, where the words allow it', async () => {
  for (const width of [60, 80, 120]) {
    const texts = [helpText(undefined, width), optionsText(width), ...commands.map(({ name }) => helpText(name, width))]
    for (const line of (await Promise.all(texts)).join('').split('\n')) {
      assert.ok(line.length <= width || !line.trim().includes('  '), `${width}: ${line}`)
    }
  }
})

test('help is English whatever LANG says', async () => {
  const { LANG } = process.env
  process.env.LANG = 'fr_FR.UTF-8'
  try {
    assert.match(await helpText('build', 80), '\nExamples:\n')
  } finally {
    if (LANG === undefined) delete process.env.LANG
    else process.env.LANG = LANG
  }
})

test.run()
