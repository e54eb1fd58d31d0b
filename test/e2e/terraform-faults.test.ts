// limit: 300 s
/**
 * A terraform that fails, at every step at which it is asked: ended by a signal, not there, with an exit code, with words where JSON is expected, after a part of the taints. It is said in a
 * line, nothing is left locked or lying about, and what was to be tainted still is.
 */
import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Built, deployedState, smallProject } from '../support/built.js'
import { Folder } from '../support/folder.js'

/** Does for each command what a file of its name says, in shell; without one, what a terraform does that has little to do. */
const STUB = `#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/log"
if [ -f "$here/do-$1" ]; then . "$here/do-$1"; fi
case $1 in
  plan) exit 2 ;;
  show) echo '{"format_version":"1.2","resource_changes":[]}' ;;
  output) echo '{}' ;;
esac
exit 0
`

const FAILURES: Readonly<Record<string, { readonly does: string; readonly says: RegExp }>> = {
  'ended by a signal': { does: 'kill -9 $$', says: /was ended by SIGKILL/ },
  'an exit code': { does: "echo 'Error: no such luck' >&2; exit 1", says: /failed with exit code 1/ },
  'not to be run': { does: 'exit 126', says: /terraform · cannot be run · install/ },
}

/** A project of which a function and a layer are deployed, and both have changed; and a terraform of the test's. */
class Staged {
  readonly project = new Built(smallProject())
  private readonly bin = new Folder({ terraform: STUB })

  constructor() {
    chmodSync(this.bin.at('terraform'), 0o755)
    this.project.build(['stage=dev'])
    this.project.write('terraform/terraform.tfstate', deployedState(this.project))
    this.project.write('src/lib/greet.ts', 'export const greet = (name: string) => `Bye ${name}.\\n`\n')
    this.project.build(['stage=dev'])
  }

  run(...words: string[]) {
    return this.project.run(words, { env: { PATH: `${this.bin.path}:${process.env.PATH}` } })
  }

  does(command: string, shell: string): void {
    this.bin.write(`do-${command}`, `${shell}\n`)
  }

  behaves(): void {
    for (const name of readdirSync(this.bin.path)) if (name !== 'terraform') this.bin.remove(name)
  }

  get log(): string[] {
    return existsSync(this.bin.at('log')) ? this.bin.read('log').trim().split('\n') : []
  }

  /** Addresses that are still to be tainted. */
  open(): string[] {
    const { status, stdout, stderr } = this.run('taint', 'stage=dev')
    assert.is(status, 0, stderr)
    return stdout
      .trim()
      .split('\n')
      .map((line) => /'([^']+)'/.exec(line)?.[1] ?? line)
  }

  failedWell({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }, says: RegExp, which: string): void {
    assert.is(status, 2, `${which}: ${stdout}${stderr}`)
    assert.match(stderr, says, which)
    assert.is(stderr.split('coworks: ***').length, 2, `${which}: ${stderr}`)
    assert.not.match(stderr, /^ {4}at |node:internal/m)
    assert.not.ok(existsSync(this.project.at('.coworks/lock')), which)
    const tmp = this.project.at('.coworks/tmp')
    assert.equal(existsSync(tmp) ? readdirSync(tmp) : [], [], which)
  }
}

test('coworks taint --apply: after a part of the taints, the others are still to be done', () => {
  const staged = new Staged()
  const all = staged.open()
  assert.ok(all.length >= 2, all.join())
  for (const [how, { does, says }] of Object.entries(FAILURES)) {
    staged.behaves()
    staged.does('taint', `[ $(grep -c '^taint' "$here/log") -lt 2 ] || { ${does}; }`)
    const run = staged.run('taint', '--apply', 'stage=dev')
    staged.failedWell(run, says, how)
    // What is done is what is said to be done.
    assert.equal(run.stdout.match(/^tainted \S+/gm), [`tainted ${all[0]}`], how)
    assert.is(staged.log.length, 2, how)
    // The state says what is tainted; the stub has written none.
    assert.equal(staged.open(), all, how)
  }
})

test('coworks taint --apply --json taints, and says which; -n taints nothing; where one fails, the document is of the failure', () => {
  const staged = new Staged()
  const all = staged.open()
  const documentOf = (stdout: string) =>
    JSON.parse(stdout) as { ok: boolean; taints: { address: string; pending: boolean }[]; tainted?: string[]; problems?: unknown[] }
  const calls = () => staged.log.filter((line) => line.startsWith('taint')).length
  const dry = documentOf(staged.run('taint', '--apply', '--json', '-n', 'stage=dev').stdout)
  assert.equal([dry.ok, dry.tainted, dry.taints.map(({ pending }) => pending)], [true, [], all.map(() => false)])
  assert.is(calls(), 0)
  const run = staged.run('taint', '--apply', '--json', 'stage=dev')
  assert.is(run.status, 0, run.stderr)
  const { ok, taints, tainted } = documentOf(run.stdout)
  assert.equal([ok, tainted], [true, all])
  assert.equal(
    taints.map(({ address, pending }) => [address, pending]),
    all.map((address) => [address, true]),
  )
  assert.is(calls(), all.length)
  assert.is(documentOf(staged.run('taint', '--json', 'stage=dev').stdout).tainted, undefined)

  const before = calls()
  staged.does('taint', `[ $(grep -c '^taint' "$here/log") -lt ${before + 2} ] || exit 1`)
  const failed = staged.run('taint', '--apply', '--json', 'stage=dev')
  assert.is(failed.status, 2)
  assert.is(documentOf(failed.stdout).ok, false)
  assert.match(failed.stderr, `tainted ${all[0]}`)
})

test('no terraform at all: said, and the taints are still to be done', () => {
  const staged = new Staged()
  const all = staged.open()
  const run = staged.run('taint', '--apply', 'stage=dev', '--terraform-bin=/nowhere/terraform')
  staged.failedWell(run, /\/nowhere\/terraform · not found · install Terraform or OpenTofu, or name it with --terraform-bin/, 'not there')
  const deploy = staged.run('deploy', 'stage=dev', '--auto-approve', '--terraform-bin=/nowhere/terraform')
  staged.failedWell(deploy, /\/nowhere\/terraform · not found/, 'not there')
  assert.equal(staged.open(), all)
})

for (const step of ['init', 'plan', 'show', 'apply', 'output'])
  test(`coworks deploy: terraform ${step} fails`, () => {
    const staged = new Staged()
    const all = staged.open()
    const garbage = {
      'words for JSON': { does: 'echo Welcome; exit 0', says: new RegExp(`terraform ${step} · printed something else than JSON`) },
    }
    for (const [how, { does, says }] of Object.entries({ ...FAILURES, ...(step === 'show' || step === 'output' ? garbage : {}) })) {
      staged.behaves()
      staged.does(step, does)
      staged.failedWell(staged.run('deploy', 'stage=dev', '--auto-approve', '-Q'), says, how)
      assert.is(staged.log.at(-1)?.split(' ')[0], step, how)
      assert.equal(staged.open(), all, how)
    }
    staged.behaves()
    const { status, stderr } = staged.run('deploy', 'stage=dev', '--auto-approve', '-Q')
    assert.equal([status, stderr], [0, ''])
  })

test('a state in a backend that terraform fails to pull, or prints beside: diff and taint say that it is not known', () => {
  const staged = new Staged()
  staged.project.remove('terraform/terraform.tfstate')
  staged.project.write('terraform/.terraform/terraform.tfstate', JSON.stringify({ backend: { type: 's3', config: {} } }))
  for (const [does, says] of [
    ['kill -9 $$', /`terraform state pull' failed: /],
    ["echo 'Error: no credentials' >&2; exit 1", /`terraform state pull' failed: no credentials/],
    ['echo Welcome; exit 0', /is no JSON, or not all of it/],
    ["printf '%s' '{\"version\":4,\"resou'; exit 0", /is no JSON, or not all of it/],
    ['exit 126', /terraform · cannot be run/],
  ] as const) {
    staged.behaves()
    staged.does('state', does)
    for (const words of [
      ['taint', 'stage=dev'],
      ['diff', 'stage=dev'],
      ['diff', 'stage=dev', '--json'],
    ]) {
      const { status, stdout, stderr } = staged.run(...words)
      assert.match(stdout + stderr, says, `${words.join(' ')}: ${stdout}${stderr}`)
      assert.not.match(stdout + stderr, /^ {4}at |node:internal/m)
      assert.not.match(stdout + stderr, /Welcome/, 'a piece of what may be a state')
      assert.ok(status !== null && status <= 2, `${words.join(' ')}: ${status}`)
      if (words.includes('--json')) assert.ok(JSON.parse(stdout))
    }
    staged.failedWell(staged.run('deploy', 'stage=dev', '--auto-approve', '-Q'), says, does)
  }
})

test.run()
