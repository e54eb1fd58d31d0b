// What is measured, on what, against whom, and what is to be reached: data alone. A scenario belongs to a group; a group has one generated
// project, and its scenarios run in their order, the later ones on what the earlier ones built.
// A target is one of
//   { against, most }            median of coworks ≤ most × the other's median in this scenario
//   { of, most }                 … ≤ most × coworks' own median in another scenario
//   { memory }                   peak memory ≤ so many MB
//   { smallerThan }              what coworks makes has fewer bytes than what the other makes
//   { perFile: [scenarios] }     time per file does not rise from one scenario to the next, by more than the noise of 5 %

const times = (most, ...others) => others.map((against) => ({ against, most }))
const NATIVE = ['ninja', 'scons']
const PACKAGES = ['turbo', 'nx', 'wireit', 'cdk']
const FLOORS = ['git', 'node', 'walk']
const TAINTS = { coworks: /^terraform -chdir=terraform taint /m }

const project = (microservices, files, variant, meanBytes) => ({ microservices, files, variant, ...(meanBytes && { meanBytes }) })

/** `quick`: belongs to the short run too, without the tools of `slow`. `rounds`: no more than these; the set-up is measured, and no more. */
export const GROUPS = [
  {
    name: 'start',
    quick: true,
    project: project(2, 10, 'static'),
    scenarios: [
      { id: 'version', title: '`coworks --version`', work: 'start', words: ['--version'], against: ['node'], targets: times(1.3, 'node') },
      { id: 'help', title: '`coworks --help`', work: 'start', words: ['--help'], against: ['node'], targets: times(2, 'node') },
      {
        id: 'null-20',
        title: '20 files (2 × 10), null',
        work: 'null',
        memory: true,
        against: [...NATIVE, ...PACKAGES, 'osls', ...FLOORS],
        targets: [...times(1.7, 'node'), ...times(0.75, 'turbo'), ...times(0.33, 'scons')],
      },
    ],
  },
  {
    name: '1,000',
    quick: true,
    project: project(20, 50, 'static'),
    scenarios: [
      { id: 'null-1000', title: '1,000 files (20 × 50), null', work: 'null', memory: true, against: ['ninja', 'node'], targets: [] },
    ],
  },
  {
    name: '2,000',
    quick: true,
    slow: ['turbo'],
    project: project(50, 40, 'static'),
    scenarios: [
      {
        id: 'cold-2000',
        quick: false,
        rounds: 1,
        title: '2,000 files, cold',
        work: 'cold',
        against: [...NATIVE, ...PACKAGES],
        targets: [],
      },
      {
        id: 'null-2000',
        title: '2,000 files (50 × 40), null',
        work: 'null',
        memory: true,
        against: [...NATIVE, ...PACKAGES, ...FLOORS],
        targets: [...times(0.55, 'turbo'), ...times(0.12, 'scons')],
      },
      {
        id: 'edit-2000',
        title: '2,000 files, one file edited',
        work: 'edit',
        edit: 'source',
        says: TAINTS,
        deployed: true,
        against: [...NATIVE, ...PACKAGES],
        targets: [],
      },
    ],
  },
  {
    name: '10,000',
    quick: true,
    slow: ['turbo'],
    project: project(200, 50, 'static'),
    scenarios: [
      {
        id: 'cold-10000',
        quick: false,
        rounds: 1,
        title: '10,000 files, cold',
        work: 'cold',
        against: [...NATIVE, 'turbo', 'nx', 'wireit'],
        targets: [],
      },
      {
        id: 'null-10000',
        title: '10,000 files (200 × 50), null',
        work: 'null',
        memory: true,
        against: [...NATIVE, ...PACKAGES, ...FLOORS],
        targets: [...times(2.7, 'ninja', 'git'), ...times(0.4, 'turbo'), ...times(0.04, 'scons'), { memory: 60 }],
      },
      {
        id: 'edit-static',
        title: '10,000 files, one static file edited: zipped, rendered, taints decided',
        work: 'edit',
        edit: 'static',
        says: TAINTS,
        deployed: true,
        against: [...NATIVE, ...PACKAGES],
        targets: [...times(3.5, 'ninja'), ...times(0.25, 'turbo'), ...times(0.07, 'scons')],
      },
    ],
  },
  {
    name: '10,000 sources',
    quick: false,
    project: project(200, 50, 'full'),
    scenarios: [
      {
        id: 'cold',
        title: '10,000 sources, cold: bundled, described, zipped, rendered (peers: zipped, rendered)',
        work: 'cold',
        memory: true,
        against: [...NATIVE, 'cdk', 'osls', 'esbuild'],
        targets: [...times(1.25, 'ninja'), ...times(0.4, 'cdk'), ...times(0.12, 'osls')],
      },
      {
        id: 'edit-source',
        title: '10,000 sources, one edited: bundled, described, zipped, rendered, taints decided',
        work: 'edit',
        edit: 'source',
        says: TAINTS,
        deployed: true,
        against: [...NATIVE, 'turbo'],
        targets: [...times(0.45, 'turbo'), ...times(0.12, 'scons')],
      },
      { id: 'warm', title: '10,000 sources, warm cache, empty outputs', work: 'warm', against: [], targets: [{ of: 'cold', most: 0.25 }] },
    ],
  },
  {
    name: 'zips',
    quick: false,
    project: project(200, 50, 'zips'),
    scenarios: [
      {
        id: 'cold-zips',
        title: '10,000 static files, cold, zips only',
        work: 'cold',
        memory: true,
        against: [...NATIVE, 'pack'],
        targets: [...times(0.8, 'ninja'), ...times(0.35, 'scons')],
      },
    ],
  },
  {
    name: 'layer',
    quick: false,
    project: { variant: 'layer', packages: { count: 200, files: 50 } },
    scenarios: [
      {
        id: 'layer-cold',
        title: 'a layer of 10,000 files, cold',
        work: 'cold',
        memory: true,
        bytes: true,
        against: [...NATIVE, 'zip6', 'zip9', 'archiver', 'pack'],
        targets: [
          ...times(0.8, 'zip6'),
          ...times(0.7, 'zip9'),
          ...times(0.1, 'archiver'),
          { smallerThan: 'zip6' },
          { smallerThan: 'zip9' },
          { smallerThan: 'archiver' },
        ],
      },
      {
        id: 'layer-null',
        title: 'a layer of 10,000 files, null',
        work: 'null',
        memory: true,
        against: [...NATIVE, 'node', 'walk'],
        targets: [...times(2, 'ninja'), ...times(0.025, 'scons')],
      },
      {
        id: 'layer-edit',
        title: 'a layer of 10,000 files, one package changed',
        work: 'edit',
        edit: 'package',
        against: NATIVE,
        targets: [{ of: 'layer-cold', most: 0.25 }],
      },
    ],
  },
  {
    name: '100,000',
    quick: false,
    project: project(1000, 100, 'static', 1_000),
    scenarios: [
      {
        id: 'null-100000',
        title: '100,000 files (1000 × 100), null',
        work: 'null',
        memory: true,
        against: [...NATIVE, ...FLOORS],
        targets: [
          ...times(1.3, 'ninja'),
          ...times(1.5, 'git'),
          ...times(0.016, 'scons'),
          { memory: 110 },
          { perFile: ['null-1000', 'null-10000', 'null-100000'] },
        ],
      },
    ],
  },
]

export const SCENARIOS = GROUPS.flatMap((group) => group.scenarios.map((scenario) => ({ ...scenario, group })))

/** Files that a scenario is about; what the time per file is taken from. */
export const fileCount = ({ group: { project: one } }) =>
  one.packages ? one.packages.count * one.packages.files : one.microservices * one.files
