/** `--reporter`: which reporters a command line asks for, and where each writes. Nothing is chosen by itself, in CI or elsewhere. */
import { resolve } from 'node:path'
import type { BuildEvent } from '../../build/index.js'
import type { Options } from '../options/index.js'
import { consoleOutput, type Output } from '../output.js'
import { GithubOutput, GithubReporter } from './github.js'
import { JunitReporter } from './junit.js'
import type { Ending, Reporter } from './reporter.js'

export interface Reporters extends Reporter {
  /** Where the text for a person goes. */
  readonly output: Output
}

export function reportersFor({ reporter = [], directory = [], json }: Options, title: string): Reporters {
  const all: Reporter[] = []
  let output: Output = consoleOutput
  const start = resolve(...directory)
  for (const given of new Set(reporter)) {
    const [name = '', ...rest] = given.split('=')
    if (name === 'junit') all.push(new JunitReporter(resolve(start, rest.join('=')), title))
    if (name === 'github') {
      // With --json, stdout holds one document; the runner reads commands from stderr as well.
      const github = new GithubOutput((text) => void (json ? process.stderr : process.stdout).write(text))
      output = github
      const { GITHUB_WORKSPACE: workspace, GITHUB_STEP_SUMMARY: summary } = process.env
      all.push(new GithubReporter(github, { root: start, workspace: workspace || undefined, summary: summary || undefined, title }))
    }
  }
  return {
    output,
    event: (event: BuildEvent) => {
      for (const one of all) one.event(event)
    },
    end: (ending: Ending) => {
      for (const one of all) one.end(ending)
    },
  }
}
