/** Handlebars, loaded when the first template is compiled: its 30 ms are no business of a command that renders nothing. */
import type Handlebars from 'handlebars'
import { besideBundles, latePackage, load } from './late-package.js'

/** What `precompile` makes, and `template` takes. */
type TemplateSpecification = Parameters<typeof Handlebars.template>[0]

let loaded: typeof Handlebars | undefined

export function handlebars(): typeof Handlebars {
  loaded ??= latePackage('handlebars') as typeof Handlebars
  return loaded
}

/** A template that was compiled when the package was made: its text, and of each place in it what is written there as arguments. */
export interface ReadyTemplate {
  readonly text: string
  readonly places: readonly (readonly [place: string, names: readonly string[]])[]
  readonly spec: TemplateSpecification
}

/** The part of Handlebars that renders, and the templates of the package, ready to be. */
export interface Ready {
  readonly runtime: typeof Handlebars
  readonly templates: Readonly<Record<string, ReadyTemplate>>
}

let ready: Ready | undefined

/** Nothing where the package was not made. Loading it costs a fifth of compiling. */
export function readyTemplates(): Ready | undefined {
  const file = besideBundles('rendering.cjs', import.meta.url)
  if (ready === undefined && file !== undefined) ready = load(file) as Ready
  return ready
}
