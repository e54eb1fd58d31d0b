/**
 * The one table of commands, keys and options. Parsing, help and completion all read it, so that none of them can
 * know a word that the others do not. It holds data only, and does not know what any option does.
 */

/** What the bare words after a command are. */
export type Words = 'targets' | 'command' | 'shell' | 'template' | 'folder' | 'nothing' | 'anything'

export interface CommandSpec {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** What `coworks help <name>` says below its usage. */
  readonly details: string
  readonly words: Words
  /** Whether `microservice=`, `stage=` and variables mean something to it. */
  readonly keys: boolean
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** For scripts: no help or completion shows it. */
  readonly hidden?: boolean
}

const commandTable = [
  {
    name: 'build',
    summary: 'bring layers, zips and Terraform files up to date (the default command)',
    details:
      'Builds what is out of date, by content, and prints the terraform taint commands that the change calls for. ' +
      'Without targets it builds what the Coworksfile makes default for the microservices and stages named.',
    words: 'targets',
    keys: true,
    examples: [
      ['coworks build microservice=app-test stage=dev', 'build one microservice for one stage'],
      ['coworks build stage=dev,prod -n', 'say what two stages would need, and do nothing'],
      ['coworks layer.zip --debug=explain', 'build one target, and say why'],
      ['coworks -c stage=dev', 'remove what a build of dev makes'],
    ],
  },
  {
    name: 'init',
    summary: 'start a project: in an empty folder, or beside an existing package.json',
    details:
      'Writes a microservice with a test, its Coworksfile.ts and config files, adds to package.json and .gitignore what is missing ' +
      'there, and installs the packages. A file that is there already is never written over. In a terminal it asks for two names; ' +
      'elsewhere, or with --yes, it asks nothing.',
    words: 'folder',
    keys: false,
    examples: [
      ['coworks init', 'in this folder'],
      ['coworks init shop --yes --stages=dev,test,prod', 'in the folder shop, asking nothing'],
      ['coworks init --name=api-shop -n', 'say what src/api.ts and the rest would be'],
    ],
  },
  {
    name: 'taint',
    summary: 'print the terraform taint commands again, or run them',
    details:
      'Compares what is built with what is deployed and names the resources that Terraform must replace. ' +
      'Prints commands; changes nothing unless --apply is given.',
    words: 'targets',
    keys: true,
    examples: [
      ['coworks taint microservice=app-test stage=dev', 'print the commands'],
      ['terraform apply $(coworks taint --replace)', 'replace in the same apply, without tainting first'],
      ['coworks taint --apply', 'taint now'],
    ],
  },
  {
    name: 'deploy',
    summary: 'build, and have Terraform apply it',
    details:
      'Builds, has Terraform plan with all that must be replaced, shows the plan, asks, applies it, and prints where the ' +
      'stages answer. Refuses a plan that touches a stage which was not named. With -n it builds and plans, and applies nothing.',
    words: 'nothing',
    keys: true,
    examples: [
      ['coworks deploy microservice=app-test stage=dev', 'build and deploy the dev stage'],
      ['coworks deploy stage=prod -n', 'show what would become of prod'],
      ['coworks deploy stage=prod --auto-approve', 'without asking, for CI'],
    ],
  },
  {
    name: 'destroy',
    summary: 'take stages down, and leave the others',
    details:
      'Removes the files of the stages named, has Terraform plan without them, shows the plan, asks, and applies it; the files come back ' +
      "where it is not applied. An API goes with the last of its stages. Stages that are protected (prod, or what `protect' of CwsProject " +
      'names) are asked for by name. With -n it plans, and destroys nothing.',
    words: 'nothing',
    keys: true,
    examples: [
      ['coworks destroy microservice=app-test stage=dev', 'take one stage down'],
      ['coworks destroy microservice=all stage=dev -n', 'show what would go'],
    ],
  },
  {
    name: 'diff',
    summary: 'what differs between two stages, or between what is built and what is deployed',
    details:
      'Compares routes, authorizers, CORS, names of environment variables, settings and layers: of two stages as they were ' +
      "built, or of a stage as it was built and as Terraform's state says it is deployed. Builds nothing. " +
      'Exit status: 0 the same, 1 something differs, 2 trouble.',
    words: 'nothing',
    keys: true,
    examples: [
      ['coworks diff stage=dev', 'what an apply would change'],
      ['coworks diff stage=dev --with=prod', 'what prod would get'],
    ],
  },
  {
    name: 'upload',
    summary: 'build, and send the zips that go through an S3 bucket and are not there yet',
    details:
      'For microservices whose Coworksfile names a bucket (artifacts of CwsProject): Terraform then plans and applies without a zip ' +
      'on the disk. A key holds the hash of the bytes, so what is there is checked, and never sent twice. ' +
      'Exit status: 0 all are there, 1 with -n where one is missing, 2 trouble.',
    words: 'nothing',
    keys: true,
    examples: [
      ['coworks upload microservice=app-test stage=prod', 'before terraform plan'],
      ['coworks upload stage=prod -n', 'only look'],
    ],
  },
  {
    name: 'affected',
    summary: 'which stages consist of something else than at a revision of git',
    details:
      'Builds what is here, builds the revision in a folder of its own, and compares what came out, by content: code, layers, ' +
      'Terraform files and environment files. Prints the microservices and stages that differ; without stage= all stages are meant. ' +
      'What is checked out, staged or stashed stays as it is.',
    words: 'targets',
    keys: true,
    examples: [
      ['coworks affected --since=origin/main', 'what a merge would deploy'],
      ['coworks affected --since=main...', 'what this branch has changed since it left main'],
      ['coworks affected --since=HEAD~1 --matrix=github', 'a job for each, in GitHub Actions'],
    ],
  },
  {
    name: 'drift',
    summary: "what is built, what Terraform's state says and what Lambda has: which is ahead",
    details:
      "Compares the code and the layers of each function as they were built last, as Terraform's state says and as Lambda has them, " +
      'and says in a line each which is ahead, and because of which update. Builds and changes nothing. ' +
      'Exit status: 0 in sync, or apart because of an update from here, 1 something is ahead, 2 trouble.',
    words: 'targets',
    keys: true,
    examples: [
      ['coworks drift stage=dev', 'who is ahead in dev'],
      ['coworks drift stage=all --json', 'all stages, for a program'],
    ],
  },
  {
    name: 'update',
    summary: 'push changed code and layers straight to Lambda, without Terraform',
    details:
      'Builds, compares what is built with what Lambda has, and pushes only what differs: layers, then code, each waited for and ' +
      'verified. What somebody else changed meanwhile is never overwritten unseen. Routes and settings are left to Terraform, and ' +
      'listed. Every push is noted in .coworks/pushes.jsonl. Credentials and region are found as every AWS tool finds them.',
    words: 'targets',
    keys: true,
    examples: [
      ['coworks update microservice=app-test stage=dev', 'build, and push what differs'],
      ['coworks update stage=dev -n', 'say what would be pushed, and push nothing'],
      ['coworks update stage=dev --alias=live', 'publish a version, and point an alias to it'],
      ['coworks update stage=prod --yes-update-protected', 'a stage whose Config is protected'],
    ],
  },
  {
    name: 'run',
    summary: 'serve a microservice on localhost, as API Gateway would',
    details: 'Serves the API of one stage locally, with the routes, authorizer and CORS that the deployed one has.',
    words: 'targets',
    keys: true,
    examples: [
      ['coworks run microservice=app-test stage=dev', 'serve the dev stage'],
      ['coworks run microservice=app-test --port=8080', 'on another port'],
    ],
  },
  {
    name: 'watch',
    summary: 'build again whenever a source changes, a line for each',
    details:
      'Builds, and builds again what each change concerns, until Ctrl-C. What does not compile leaves what was built before. ' +
      'With --run the stages are served on localhost as well, and reloaded when they were built; with --update they are pushed to Lambda. ' +
      'With --json a document a line.',
    words: 'targets',
    keys: true,
    examples: [
      ['coworks watch microservice=app-test stage=dev', 'keep one stage built'],
      ['coworks watch stage=dev --run', 'and serve it'],
      ['coworks watch stage=dev --update', 'and push it to Lambda'],
    ],
  },
  {
    name: 'info',
    summary: 'what microservices say of themselves: routes, authorizers, schedules, configs',
    details:
      'Loads the microservices, as a build does, and shows their routes with authorizers, their schedules, and the settings of each ' +
      'stage. With --json the whole description. Builds nothing of yours.',
    words: 'nothing',
    keys: true,
    examples: [
      ['coworks info microservice=app-test', 'one microservice, all its stages'],
      ['coworks info --json', 'everything, for a program'],
    ],
  },
  {
    name: 'sbom',
    summary: 'write what each zip and layer is made of, as CycloneDX 1.6',
    details:
      'Builds, and writes beside each zip a software bill of materials (app-test-dev.cdx.json): the packages in it with version, licence, ' +
      "the lockfile's hash, and who needs whom. The same zip gives the same file.",
    words: 'nothing',
    keys: true,
    examples: [
      ['coworks sbom microservice=app-test stage=prod', 'of its zip and its layers'],
      ['coworks sbom stage=all --json', 'of all, and where they lie'],
    ],
  },
  {
    name: 'doctor',
    summary: 'what is missing on this machine or wrong in the project, and what mends it',
    details:
      'Checks programs, credentials (never shown), the installed packages, the state folder, environment files and what git ' +
      'keeps; one line each, with the command that mends it. Calls nobody without --online. Exit status: 0 no problem, 1 a problem, 2 trouble.',
    words: 'nothing',
    keys: false,
    examples: [
      ['coworks doctor', 'this machine and this project'],
      ['coworks doctor --online', 'and whether AWS takes the credentials'],
      ['coworks doctor --terraform-bin=tofu', 'where OpenTofu deploys'],
    ],
  },
  {
    name: 'templates',
    summary: "list the templates of Terraform's files, or copy one into the project",
    details:
      "Lists the templates that Terraform's files are rendered from, and whether each is built in or the project's own. " +
      "`copy` puts a built-in one into the project's templates folder, where it takes the place of the built-in one.",
    words: 'template',
    keys: true,
    examples: [
      ['coworks templates', 'each template with its origin'],
      ['coworks templates copy _function.hbs', 'one to start from'],
    ],
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell: bash, zsh or fish',
    details: 'Prints a script that completes commands, options, microservices, stages and targets.',
    words: 'shell',
    keys: false,
    examples: [
      ['source <(coworks completion bash)', 'in ~/.bashrc'],
      ['source <(coworks completion zsh)', 'in ~/.zshrc, after compinit'],
      ['coworks completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
  {
    name: 'help',
    summary: 'explain coworks, or one command',
    details: 'Explains coworks, or one command with all its options.',
    words: 'command',
    keys: false,
    examples: [['coworks help build', 'the options of build']],
  },
  {
    name: '__complete',
    summary: 'candidates for the last word, one a line',
    details: 'Called by the completion scripts.',
    words: 'anything',
    keys: false,
    examples: [],
    hidden: true,
  },
] as const satisfies readonly CommandSpec[]

type CommandName = (typeof commandTable)[number]['name']

export interface KeySpec {
  readonly name: string
  readonly value: string
  readonly help: string
}

/** Every other `key=value` is a variable of the Coworksfile. */
export const keyTable = [
  { name: 'microservice', value: 'a,b|all', help: 'the microservices meant; all of them when left out' },
  { name: 'stage', value: 'a,b|all', help: 'the stages meant; dev when left out' },
] as const satisfies readonly KeySpec[]

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export const groups = ['What to do', 'How to do it', 'What is shown', 'Which project', 'The cache', 'Help'] as const

export interface OptionSpec {
  readonly name: string
  /** Spelled out; the first of them is the one shown and completed. */
  readonly long: readonly string[]
  readonly short?: string
  readonly group: (typeof groups)[number]
  readonly help: string
  /** Commands that take it; every command where it is left out. */
  readonly of?: readonly CommandName[]
  readonly kind: 'flag' | 'number' | 'text' | 'texts' | 'one' | 'some'
  /** How help shows the value. */
  readonly value?: string
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  readonly completes?: 'file' | 'directory'
}

const building = ['build', 'taint', 'upload', 'deploy', 'update', 'sbom', 'run', 'watch', 'affected'] as const

const optionTable = [
  {
    name: 'dryRun',
    kind: 'flag',
    short: 'n',
    long: ['dry-run', 'just-print', 'no-exec', 'recon'],
    group: 'What to do',
    of: ['build', 'taint', 'init', 'upload', 'deploy', 'destroy', 'update'],
    help: 'say what would be done, and do nothing',
  },
  {
    name: 'question',
    kind: 'flag',
    short: 'q',
    long: ['question'],
    group: 'What to do',
    of: ['build'],
    help: 'do nothing; exit 1 if something is out of date, else 0',
  },
  {
    name: 'clean',
    kind: 'flag',
    short: 'c',
    long: ['clean', 'remove'],
    group: 'What to do',
    of: ['build'],
    help: 'remove what building the targets makes',
  },
  {
    name: 'apply',
    kind: 'flag',
    long: ['apply'],
    group: 'What to do',
    of: ['taint'],
    help: 'run the commands instead of printing them',
  },
  {
    name: 'replace',
    kind: 'flag',
    long: ['replace'],
    group: 'What to do',
    of: ['taint'],
    help: 'print -replace= arguments for terraform plan and apply instead of commands',
  },
  {
    name: 'baseline',
    kind: 'flag',
    long: ['baseline'],
    group: 'What to do',
    of: ['taint'],
    help: 'take what is built for what is deployed, where no state can be read',
  },
  {
    name: 'terraformBin',
    kind: 'text',
    value: 'NAME',
    long: ['terraform-bin'],
    group: 'How to do it',
    of: ['build', 'taint', 'deploy', 'destroy', 'diff', 'drift', 'update', 'watch', 'doctor'],
    help: 'the program to run and to print: terraform when left out, or tofu',
  },
  {
    name: 'autoApprove',
    kind: 'flag',
    long: ['auto-approve'],
    group: 'What to do',
    of: ['deploy', 'destroy'],
    help: 'do not ask: for CI',
  },
  {
    name: 'protected',
    kind: 'flag',
    long: ['protected'],
    group: 'What to do',
    of: ['destroy'],
    help: 'protected stages, too, where nobody is asked',
  },
  {
    name: 'keepApi',
    kind: 'flag',
    long: ['keep-api'],
    group: 'What to do',
    of: ['destroy'],
    help: 'keep an API when its last stage goes, and with it its address',
  },
  {
    name: 'with',
    kind: 'text',
    value: 'STAGE',
    long: ['with'],
    group: 'What to do',
    of: ['diff'],
    help: 'compare with this stage instead of with what is deployed',
  },
  {
    name: 'run',
    kind: 'flag',
    long: ['run'],
    group: 'What to do',
    of: ['watch'],
    help: 'serve the stages on localhost, too, and reload them when they were built',
  },
  {
    name: 'update',
    kind: 'flag',
    long: ['update'],
    group: 'What to do',
    of: ['watch'],
    help: 'push what was built to Lambda after each good build, as `coworks update` does',
  },
  {
    name: 'poll',
    kind: 'flag',
    long: ['poll'],
    group: 'How to do it',
    of: ['run', 'watch'],
    help: 'look at files again and again instead of being told: for network folders and virtual machines',
  },
  {
    name: 'since',
    kind: 'text',
    value: 'REVISION',
    long: ['since'],
    group: 'What to do',
    of: ['affected'],
    help: 'compare with this revision: a branch, a tag, a hash; main... is where this branch left main',
  },
  {
    name: 'matrix',
    kind: 'one',
    choices: ['github', 'gitlab'],
    value: 'SERVICE',
    long: ['matrix'],
    group: 'What is shown',
    of: ['affected'],
    help: 'print the job matrix of a CI service: github (matrix), gitlab (parallel:matrix)',
  },
  {
    name: 'publish',
    kind: 'flag',
    long: ['publish'],
    group: 'What to do',
    of: ['update', 'watch'],
    help: 'publish a version of what was pushed; none where the last one is it',
  },
  {
    name: 'alias',
    kind: 'text',
    value: 'NAME',
    long: ['alias'],
    group: 'What to do',
    of: ['update', 'watch'],
    help: 'publish, and point the alias NAME to that version; made where there is none',
  },
  {
    name: 'yesUpdateProtected',
    kind: 'flag',
    long: ['yes-update-protected'],
    group: 'What to do',
    of: ['update', 'watch'],
    help: 'also update stages whose Config says protected',
  },
  {
    name: 'region',
    kind: 'text',
    value: 'NAME',
    long: ['region'],
    group: 'How to do it',
    of: ['update', 'drift', 'watch'],
    help: "the AWS region, instead of AWS_REGION's or the profile's",
  },
  {
    name: 'awsProfile',
    kind: 'text',
    value: 'NAME',
    long: ['aws-profile'],
    group: 'How to do it',
    of: ['update', 'drift', 'watch'],
    help: 'the profile of the AWS configuration, instead of AWS_PROFILE',
  },
  {
    name: 'port',
    kind: 'number',
    min: 0,
    max: 65535,
    value: 'N',
    long: ['port'],
    group: 'How to do it',
    of: ['run', 'watch'],
    help: 'listen on port N (5000), the next microservice on N+1; 0 takes free ones',
  },
  {
    name: 'env',
    kind: 'texts',
    value: 'NAME',
    long: ['env'],
    group: 'How to do it',
    of: ['run', 'watch'],
    help: 'give the function this variable of your own environment, too',
  },
  {
    name: 'host',
    kind: 'text',
    value: 'NAME',
    long: ['host'],
    group: 'How to do it',
    of: ['run', 'watch'],
    help: 'listen on this address instead of 127.0.0.1',
  },
  {
    name: 'online',
    kind: 'flag',
    long: ['online'],
    group: 'What to do',
    of: ['doctor'],
    help: 'also ask AWS whether the credentials are good',
  },
  {
    name: 'name',
    kind: 'text',
    value: 'NAME',
    long: ['name'],
    group: 'How to do it',
    of: ['init'],
    help: 'the microservice: app-shop is src/app.ts, api-shop src/api.ts; after the folder when left out',
  },
  {
    name: 'stages',
    kind: 'text',
    value: 'A,B',
    long: ['stages'],
    group: 'How to do it',
    of: ['init'],
    help: 'its stages (dev,prod); the secrets of all but the first go into *.secret.json',
  },
  {
    name: 'coworks',
    kind: 'text',
    value: 'SPEC',
    long: ['coworks'],
    group: 'How to do it',
    of: ['init'],
    help: 'what package.json asks for to get coworks: a version, file:… or an address; this very one when left out',
  },
  {
    name: 'noInstall',
    kind: 'flag',
    long: ['no-install'],
    group: 'How to do it',
    of: ['init'],
    help: 'write the files, and leave installing the packages to you',
  },
  { name: 'yes', kind: 'flag', short: 'y', long: ['yes'], group: 'How to do it', of: ['init'], help: 'ask nothing' },
  {
    name: 'jobs',
    kind: 'number',
    min: 1,
    max: 1024,
    value: 'N',
    short: 'j',
    long: ['jobs'],
    group: 'How to do it',
    of: building,
    help: 'do N things at once; as many as there are processors when left out',
  },
  {
    name: 'keepGoing',
    kind: 'flag',
    short: 'k',
    long: ['keep-going'],
    group: 'How to do it',
    of: building,
    help: 'after a failure, go on with what does not depend on it',
  },
  {
    name: 'random',
    kind: 'flag',
    long: ['random'],
    group: 'How to do it',
    of: building,
    help: 'take targets in random order, to find a dependency that is missing',
  },
  {
    name: 'silent',
    kind: 'flag',
    short: 's',
    long: ['silent', 'quiet'],
    group: 'What is shown',
    of: [...building, 'destroy'],
    help: 'do not show what is done; errors still are',
  },
  {
    name: 'quietProgress',
    kind: 'flag',
    short: 'Q',
    long: [],
    group: 'What is shown',
    of: building,
    help: 'leave out the progress messages ("coworks: Reading …")',
  },
  {
    name: 'tree',
    kind: 'some',
    choices: ['all', 'derived', 'prune', 'status'],
    value: 'OPTIONS',
    long: ['tree'],
    group: 'What is shown',
    of: ['build'],
    help: 'show the tree of dependencies: all, derived (only what is built), prune (each once), status; combined by commas',
  },
  {
    name: 'debug',
    kind: 'some',
    choices: ['explain', 'time', 'json', 'stacktrace'],
    value: 'OPTIONS',
    long: ['debug'],
    group: 'What is shown',
    help: 'explain (why something is rebuilt), time, json (write the times and reasons to a file), stacktrace; combined by commas',
  },
  {
    name: 'profile',
    kind: 'text',
    value: 'FILE',
    completes: 'file',
    long: ['profile'],
    group: 'What is shown',
    of: ['build'],
    help: 'write a trace of where the time went, for ui.perfetto.dev or chrome://tracing',
  },
  {
    name: 'reporter',
    kind: 'texts',
    choices: ['text', 'github', 'junit=FILE'],
    value: 'NAME',
    long: ['reporter'],
    group: 'What is shown',
    of: ['build'],
    help: 'text; github (groups, annotations, job summary); junit=FILE (a report beside the text); may be given several times',
  },
  { name: 'json', kind: 'flag', long: ['json'], group: 'What is shown', help: 'one JSON document on stdout, for a program' },
  {
    name: 'color',
    kind: 'one',
    choices: ['auto', 'always', 'never'],
    value: 'WHEN',
    long: ['color'],
    group: 'What is shown',
    help: 'auto (a terminal without NO_COLOR), always, never',
  },
  {
    name: 'directory',
    kind: 'texts',
    value: 'DIR',
    completes: 'directory',
    short: 'C',
    long: ['directory'],
    group: 'Which project',
    help: 'change to DIR first; a second one starts from the first',
  },
  {
    name: 'file',
    kind: 'text',
    value: 'FILE',
    completes: 'file',
    short: 'f',
    long: ['file', 'coworksfile'],
    group: 'Which project',
    help: 'read FILE instead of Coworksfile.ts',
  },
  {
    name: 'up',
    kind: 'flag',
    short: 'u',
    long: ['up', 'search-up'],
    group: 'Which project',
    help: 'find the Coworksfile in a folder above; build what is at or below this one',
  },
  {
    name: 'upAll',
    kind: 'flag',
    short: 'D',
    long: [],
    group: 'Which project',
    help: 'find the Coworksfile in a folder above; build all its defaults',
  },
  {
    name: 'cacheShow',
    kind: 'flag',
    long: ['cache-show'],
    group: 'The cache',
    of: building,
    help: 'show what was got from the cache as if it was built',
  },
  {
    name: 'cacheDisable',
    kind: 'flag',
    long: ['cache-disable', 'no-cache'],
    group: 'The cache',
    of: building,
    help: 'neither read nor fill the cache',
  },
  {
    name: 'cacheForce',
    kind: 'flag',
    long: ['cache-force', 'cache-populate'],
    group: 'The cache',
    of: building,
    help: 'put into the cache what is already up to date, too',
  },
  {
    name: 'cacheReadonly',
    kind: 'flag',
    long: ['cache-readonly'],
    group: 'The cache',
    of: building,
    help: 'read the cache, do not fill it',
  },
  { name: 'help', kind: 'flag', short: 'h', long: ['help'], group: 'Help', help: "show this project's help and that of coworks" },
  { name: 'helpOptions', kind: 'flag', short: 'H', long: ['help-options'], group: 'Help', help: 'show every option' },
  { name: 'version', kind: 'flag', short: 'v', long: ['version'], group: 'Help', help: 'show the version' },
] as const satisfies readonly OptionSpec[]

type Entry = (typeof optionTable)[number]
type Value<E> = E extends { kind: 'flag' }
  ? boolean
  : E extends { kind: 'number' }
    ? number | undefined
    : E extends { kind: 'text' }
      ? string | undefined
      : E extends { kind: 'texts' }
        ? readonly string[]
        : E extends { kind: 'one'; choices: readonly (infer C)[] }
          ? C | undefined
          : E extends { kind: 'some'; choices: readonly (infer C)[] }
            ? readonly C[]
            : never

/** What was asked for, every option present: false, undefined or an empty list where it was not given. */
export type Options = { readonly [E in Entry as E['name']]: Value<E> }

export const commands: readonly CommandSpec[] = commandTable
export const options: readonly OptionSpec[] = optionTable

/** The command of this name, with its exact spelling. */
export function commandNamed(name: string | undefined): CommandSpec | undefined {
  return commands.find((command) => command.name === name)
}

/** `--jobs` where it has a long spelling, else `-Q`. */
export function spelled(option: OptionSpec): string {
  const long = option.long[0]
  return long === undefined ? `-${option.short ?? ''}` : `--${long}`
}

export function takenBy(option: OptionSpec, command: string): boolean {
  return option.of === undefined || option.of.some((name) => name === command)
}

/** The option that `--word` means; `--no-word` takes a flag back that COWORKSFLAGS set. */
export function longOption(word: string): { readonly option: OptionSpec; readonly negated: boolean } | undefined {
  const exact = options.find((option) => option.long.includes(word))
  if (exact !== undefined) return { option: exact, negated: false }
  if (!word.startsWith('no-')) return undefined
  const flag = options.find((option) => option.kind === 'flag' && option.long.includes(word.slice(3)))
  return flag === undefined ? undefined : { option: flag, negated: true }
}

export function shortOption(letter: string): OptionSpec | undefined {
  return options.find((option) => option.short === letter)
}
