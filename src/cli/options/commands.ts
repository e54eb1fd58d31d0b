/** The one table of commands, and of the keys and shells that are named after them. Data only: it does not know what any command does. */

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

export const commandTable = [
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

export type CommandName = (typeof commandTable)[number]['name']

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
