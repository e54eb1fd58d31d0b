import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { optionsDespiteProblems, parseArgs, type Request } from '../../src/cli/args.js'
import { CoworksError, problemLine } from '../../src/util/problem.js'

const parse = (line: string, COWORKSFLAGS?: string): Request => parseArgs(line.split(' ').filter(Boolean), { COWORKSFLAGS })

/** The problems of a command line, a line each. */
const wrong = (argv: string | readonly string[], COWORKSFLAGS?: string): string[] => {
  try {
    parseArgs(typeof argv === 'string' ? argv.split(' ').filter(Boolean) : argv, { COWORKSFLAGS })
  } catch (error) {
    if (error instanceof CoworksError) return error.problems.map(problemLine)
    throw error
  }
  return []
}

test('nothing means: build everything for dev', () => {
  const request = parse('')
  assert.is(request.command, 'build')
  assert.is(request.microservices, 'all')
  assert.equal(request.stages, ['dev'])
  assert.is(request.stagesGiven, false)
  assert.equal(request.variables, {})
  assert.equal(request.targets, [])
  assert.equal(request.options, {
    dryRun: false,
    question: false,
    clean: false,
    apply: false,
    replace: false,
    port: undefined,
    host: undefined,
    jobs: undefined,
    keepGoing: false,
    random: false,
    silent: false,
    quietProgress: false,
    tree: [],
    debug: [],
    json: false,
    profile: undefined,
    color: undefined,
    directory: [],
    file: undefined,
    up: false,
    upAll: false,
    cacheShow: false,
    cacheDisable: false,
    cacheForce: false,
    cacheReadonly: false,
    help: false,
    helpOptions: false,
    version: false,
    baseline: false,
    terraformBin: undefined,
    env: [],
    with: undefined,
    online: false,
    name: undefined,
    stages: undefined,
    coworks: undefined,
    noInstall: false,
    yes: false,
    run: false,
    update: false,
    poll: false,
    since: undefined,
    matrix: undefined,
    autoApprove: false,
    publish: false,
    alias: undefined,
    yesUpdateProtected: false,
    region: undefined,
    awsProfile: undefined,
    reporter: [],
    protected: false,
    keepApi: false,
  })
})

test('the command is the first bare word, wherever keys and options stand', () => {
  assert.is(parse('build microservice=app-test stage=dev').command, 'build')
  assert.is(parse('stage=dev -n taint layer.zip').command, 'taint')
  assert.equal(parse('stage=dev -n taint layer.zip').targets, ['layer.zip'])
  assert.is(parse('-j 4 taint').command, 'taint')
})

test('a bare word that is no command is a target, and so is every word after it', () => {
  assert.equal(parse('layer.zip taint').targets, ['layer.zip', 'taint'])
  assert.is(parse('layer.zip taint').command, 'build')
  assert.equal(parse('build build').targets, ['build'])
})

test('-- ends commands, keys and options', () => {
  const request = parse('-- taint a=b -n --')
  assert.is(request.command, 'build')
  assert.equal(request.targets, ['taint', 'a=b', '-n', '--'])
  assert.is(request.options.dryRun, false)
  assert.equal(parse('taint -- build').targets, ['build'])
})

test('keys: comma lists, all, and variables of the Coworksfile', () => {
  const request = parse('microservice=app-a,app-b,app-a stage=dev,prod debug=1 empty= path=a=b')
  assert.equal(request.microservices, ['app-a', 'app-b'])
  assert.equal(request.stages, ['dev', 'prod'])
  assert.is(request.stagesGiven, true)
  assert.equal(request.variables, { debug: '1', empty: '', path: 'a=b' })
  assert.is(parse('stage=all').stages, 'all')
  assert.is(parse('microservice=all').microservices, 'all')
})

test('a variable may have any identifier for a name, even that of a part of every object', () => {
  const { variables } = parseArgs(['__proto__=x', 'constructor=y'], {})
  assert.equal(Object.entries(variables), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

test('a word whose part before = is no identifier is a target', () => {
  assert.equal(parse('./a=b =c').targets, ['./a=b', '=c'])
})

test('short options: alone, in a cluster, with a value in the word or after it', () => {
  const { options } = parse('-nkj4 -QC dir -fother.ts')
  assert.is(options.dryRun, true)
  assert.is(options.keepGoing, true)
  assert.is(options.jobs, 4)
  assert.is(options.quietProgress, true)
  assert.equal(options.directory, ['dir'])
  assert.is(options.file, 'other.ts')
  assert.is(parse('-j 8').options.jobs, 8)
})

test('long options under every name that SCons has for them', () => {
  for (const name of ['dry-run', 'just-print', 'no-exec', 'recon']) assert.is(parse(`--${name}`).options.dryRun, true)
  for (const name of ['clean', 'remove']) assert.is(parse(`--${name}`).options.clean, true)
  for (const name of ['silent', 'quiet']) assert.is(parse(`--${name}`).options.silent, true)
  assert.is(parse('--jobs=3').options.jobs, 3)
  assert.is(parse('--jobs 3').options.jobs, 3)
  assert.is(parse('--no-cache').options.cacheDisable, true)
  assert.is(parse('-v').options.version, true)
})

test('--tree and --debug take lists, and add up', () => {
  assert.equal(parse('--tree=all,status --tree=prune,all').options.tree, ['all', 'status', 'prune'])
  assert.equal(parse('--debug=explain --debug time').options.debug, ['explain', 'time'])
  assert.equal(parse('-C a -C a').options.directory, ['a', 'a'])
})

test('COWORKSFLAGS comes first, so that the command line overrides it', () => {
  assert.is(parse('-j2', '-j8 -k').options.jobs, 2)
  assert.is(parse('-j2', '-j8 -k').options.keepGoing, true)
  assert.is(parse('--no-keep-going', '-k').options.keepGoing, false)
  assert.equal(parse('stage=dev', 'stage=prod').stages, ['dev'])
  assert.equal(parse('', 'stage=prod').stages, ['prod'])
})

test('COWORKSFLAGS is split as a shell does', () => {
  assert.equal(parse('', `-C 'a dir' -f "b \\" c" name=x\\ y`).options.directory, ['a dir'])
  assert.is(parse('', `-C 'a dir' -f "b \\" c" name=x\\ y`).options.file, 'b " c')
  assert.equal(parse('', `-C 'a dir' -f "b \\" c" name=x\\ y`).variables, { name: 'x y' })
  assert.equal(wrong('', `-C 'a dir`), ["COWORKSFLAGS · a ' is never closed"])
})

test('COWORKSFLAGS is for every command: what one does not take is passed over', () => {
  assert.equal(wrong('run', '-n -j4 --tree=all'), [])
  assert.is(parse('run', '-n').options.dryRun, false)
  assert.is(parse('run', '-j4').options.jobs, 4)
  assert.equal(wrong('completion bash', 'stage=prod'), [])
})

test('COWORKSFLAGS holds no target', () => {
  assert.equal(wrong('', '-n prod'), ["COWORKSFLAGS · `prod' is no option · commands and targets go on the command line"])
})

test('an unknown option is an error with the nearest name', () => {
  assert.equal(wrong('--dryrun'), ["command line · unknown option `--dryrun' · did you mean `--dry-run'?"])
  assert.equal(wrong('--frobnicate'), ["command line · unknown option `--frobnicate' · `coworks -H' lists the options"])
  assert.equal(wrong('-z'), ["command line · unknown option `-z' · `coworks -H' lists the options"])
  assert.equal(wrong('-dry-run'), ["command line · unknown option `-d' in `-dry-run' · did you mean `--dry-run'?"])
  assert.equal(wrong('', '--jbos=3'), ["COWORKSFLAGS · unknown option `--jbos' · did you mean `--jobs'?"])
})

test('a bad value is an error that says what would be good', () => {
  for (const [argv, as, value] of [
    ['-j 0', '-j', '0'],
    ['-jabc', '-j', 'abc'],
    ['--jobs=1.5', '--jobs', '1.5'],
    ['--jobs=1e3', '--jobs', '1e3'],
    ['--jobs=', '--jobs', ''],
  ] as const) {
    assert.equal(wrong(argv), [`command line · \`${as}' needs a whole number from 1 to 1024, not \`${value}'`])
  }
  assert.equal(wrong('--tree=foo'), ["command line · unknown value `foo' of `--tree' · known: all, derived, prune, status"])
  assert.equal(wrong('--debug=explian,tmie'), [
    "command line · unknown value `explian' of `--debug' · did you mean `explain'?",
    "command line · unknown value `tmie' of `--debug' · did you mean `time'?",
  ])
  assert.equal(wrong('--dry-run=maybe'), ["command line · `--dry-run' takes no value, not `maybe'"])
  assert.equal(wrong('--tree='), ["command line · `--tree' needs a value · --tree=all|derived|prune|status"])
  assert.equal(wrong('-C'), ["command line · `-C' needs a value · --directory=DIR"])
  assert.equal(wrong('-j -k'), ["command line · `-j' needs a value · --jobs=N"])
})

test('a key given twice, or naming nothing, is an error', () => {
  assert.equal(wrong('microservice=a microservice=b'), ["command line · `microservice=' is given twice · microservice=a,b"])
  assert.equal(wrong('colour=a colour=b'), ["command line · `colour=' is given twice"])
  assert.equal(wrong('stage='), ["command line · `stage=' names nothing · stage=a,b or stage=all"])
  assert.equal(wrong('stage=dev,,prod'), ["command line · `stage=dev,,prod' has an empty name · stage=a,b or stage=all"])
})

test('an option of another command says whose it is', () => {
  assert.equal(wrong('run --tree=all'), ["command line · `--tree' is no option of `coworks run' · it belongs to build"])
  assert.equal(wrong('--apply'), ["command line · `--apply' is no option of `coworks build' · it belongs to taint"])
})

test('completion takes a shell, help a command', () => {
  assert.equal(parse('completion zsh').targets, ['zsh'])
  assert.equal(wrong('completion'), ['command line · no shell named · coworks completion bash|zsh|fish'])
  assert.equal(wrong('completion bsh'), ["command line · unknown shell `bsh' · did you mean `bash'?"])
  assert.equal(wrong('help biuld'), ["command line · unknown command `biuld' · did you mean `build'?"])
  assert.equal(wrong('help build taint'), ["command line · `coworks help' takes one command, not 2"])
  assert.equal(wrong('help stage=dev'), ["command line · `coworks help' takes no `stage='"])
  assert.equal(parse('help').targets, [])
})

test('deploy and diff take stages, not targets', () => {
  assert.equal(parse('deploy stage=dev --auto-approve').options.autoApprove, true)
  assert.equal(wrong('deploy app-test'), ["command line · `coworks deploy' takes no `app-test'"])
  assert.equal(wrong('diff -- a'), ["command line · `coworks diff' takes no `a'"])
})

test('templates takes nothing, or copy and a name', () => {
  assert.equal(parse('templates').targets, [])
  assert.equal(parse('templates copy _role.hbs').targets, ['copy', '_role.hbs'])
  assert.equal(wrong('templates list'), ["command line · `coworks templates' does not know `list' · coworks templates copy NAME"])
  assert.equal(wrong('templates copy'), ['command line · no template named · coworks templates copy NAME'])
  assert.equal(wrong('templates copy a b'), ["command line · `coworks templates copy' takes one template at a time"])
})

test('everything that is wrong is said at once', () => {
  assert.is(wrong('-j0 --tree=foo --nope stage= microservice=a microservice=b', '--frob').length, 6)
})

test('a wrong command line still says how to report that it is wrong', () => {
  const options = optionsDespiteProblems(['--nope', '--json', '-j0', '--debug=stacktrace'], {})
  assert.is(options.json, true)
  assert.is(options.jobs, undefined)
  assert.equal(options.debug, ['stacktrace'])
})

test('whatever the words, the answer is a request or problems', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('-', '--', '-j', '--jobs', '--=', '--no-', '-C', 'stage=', 'build', 'help', '-n=', '--tree'),
  )
  fc.assert(
    fc.property(fc.array(word), fc.string(), (argv, flags) => {
      const lines = wrong(argv, flags)
      assert.ok(lines.every((line) => line.length > 0))
    }),
    { numRuns: 500 },
  )
})

test.run()
