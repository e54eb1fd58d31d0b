/**
 * `--reporter=github`: what a person reads, in groups that fold; an annotation for every error and warning, at its file and line; and
 * the job's summary. All of it goes to one stream, because the runner joins two of them in no order.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { BuildEvent } from '../../build/index.js'
import { CoworksError, type Problem } from '../../util/problem.js'
import { printable } from '../../util/quote.js'
import type { Output } from '../output.js'
import { command, resume, stop } from './github-commands.js'
import { summaryText } from './github-summary.js'
import { placeOf } from './place.js'
import type { Ending, Reporter } from './reporter.js'

/**
 * Folds what is done; errors, and what was concluded, stand outside of the groups, where they are seen. Text is written where the runner looks
 * for no command, so that neither a name nor what a target's own program printed can be one:
 *
 *     ::group::coworks
 *     ::stop-commands::TOKEN      ⎫ text
 *     zip layer.zip               ⎬
 *     ::TOKEN::                   ⎭
 *     ::endgroup::
 */
export class GithubOutput implements Output {
  private readonly token = randomUUID()
  private group: string | undefined
  private inText = false
  private concluded = false

  constructor(private readonly write: (text: string) => void) {}

  out(text: string): void {
    if (!this.concluded) this.open('coworks')
    this.text(text)
  }

  error(text: string): void {
    this.fold()
    this.text(text)
  }

  log(title: string, text: string): void {
    this.open(title)
    this.text(text)
    this.fold()
  }

  conclude(): void {
    this.concluded = true
    this.fold()
  }

  close(): void {
    this.fold()
    this.endText()
  }

  command(name: string, properties: Readonly<Record<string, string | number | undefined>>, message: string): void {
    this.close()
    this.write(command(name, properties, message))
  }

  private text(text: string): void {
    if (!this.inText) this.write(stop(this.token))
    this.inText = true
    this.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  private endText(): void {
    if (this.inText) this.write(resume(this.token))
    this.inText = false
  }

  private fold(): void {
    if (this.group === undefined) return
    this.endText()
    this.write('::endgroup::\n')
    this.group = undefined
  }

  private open(title: string): void {
    if (this.group === title) return
    this.close()
    this.write(command('group', {}, printable(title)))
    this.group = title
  }
}

export interface GithubSettings {
  /** Folder of the project, absolute. */
  readonly root: string
  /** GITHUB_WORKSPACE: annotations name files from there. */
  readonly workspace: string | undefined
  /** GITHUB_STEP_SUMMARY. */
  readonly summary: string | undefined
  readonly title: string
}

export class GithubReporter implements Reporter {
  constructor(
    private readonly output: GithubOutput,
    private readonly settings: GithubSettings,
  ) {}

  event(event: BuildEvent): void {
    if (event.type === 'notice') this.annotate('warning', event.problem)
    if (event.type !== 'finished') return
    for (const warning of event.report.warnings) this.annotate('warning', warning)
    for (const problem of event.report.problems) this.annotate('error', problem)
  }

  end(ending: Ending): void {
    if ('problems' in ending) for (const problem of ending.problems) this.annotate('error', problem)
    else for (const notice of ending.outcome.notices) this.annotate('warning', notice)
    this.output.conclude()
    const { summary, title } = this.settings
    if (summary === undefined) return
    try {
      appendFileSync(summary, summaryText(ending, title))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new CoworksError({ where: 'GITHUB_STEP_SUMMARY', what: `cannot be written: ${why}` })
    }
  }

  private annotate(kind: 'error' | 'warning', { where, what, hint, detail }: Problem): void {
    const { root, workspace } = this.settings
    const place = placeOf(where, (path) => statSync(resolve(root, path), { throwIfNoEntry: false })?.isFile() ?? false)
    const file = place === undefined ? undefined : relative(workspace ?? root, join(root, place.file))
    const message = [place === undefined ? where : undefined, what, hint].filter((part) => part !== undefined && part !== '').join(' · ')
    this.output.command(
      kind,
      { file, line: place?.line, col: place?.column, title: 'coworks' },
      printable(detail === undefined ? message : `${message}\n${detail}`),
    )
  }
}
