/**
 * Handlebars templates with what Handlebars leaves out: an error that names file, line and column, a partial or a value
 * that does not exist as an error, and no way for a value to reach a Terraform file but through a helper that escapes it.
 * It does not know what the templates say, nor where they lie.
 */
import type Handlebars from 'handlebars'
import { handlebars, type Ready, readyTemplates } from '../util/handlebars.js'
import type { Json } from '../util/hash.js'
import { nearestHint } from '../util/nearest.js'
import { CoworksError } from '../util/problem.js'
import { format } from './format.js'
import { hclComment, hclText, hclValue } from './hcl.js'
import { blockHelperNames, type builtinHelperNames } from './helper-names.js'
import type { Templates } from './model.js'
import { label } from './names.js'
import { INVOCATION } from './openapi.js'

/** A helper of a template's: gets the values written after its name, gives the text to put there. */
export type TemplateHelper = (...values: readonly unknown[]) => unknown

export interface TemplateOptions {
  /** Helpers of the project's own, by name. They are trusted to escape what they return. */
  readonly helpers?: Readonly<Record<string, TemplateHelper>>
}

/** The helpers every template has. `docs/templates.md` describes them. */
const builtinHelpers: Readonly<Record<(typeof builtinHelperNames)[number], TemplateHelper>> = {
  hcl: (value) => hclValue(value as Json),
  text: (value) => hclText(String(value)),
  label: (...parts) => label(...parts.map(String)),
  comment: (value) => hclComment(String(value)),
  // Only where OpenAPI names the function to call: text of a user's that happens to read the same stays text.
  openapi: (body, microservice) =>
    hclValue(body as Json, (key, value) =>
      (key === 'uri' || key === 'authorizerUri') && value === INVOCATION ? `local.${label(String(microservice))}_invocation` : undefined,
    ),
  eq: (a, b) => a === b,
}

type Render = (context: object) => string

/** Rendering compiles once per set of templates: a build renders many stages with the same ones. */
const compiled = new WeakMap<Templates, { readonly helpers: TemplateOptions['helpers']; readonly renders: Map<string, Render> }>()

/** The file's text, formatted as `terraform fmt` would. @throws CoworksError where a template is wrong. */
export function render(file: string, context: object, templates: Templates, { helpers }: TemplateOptions = {}): string {
  const known = compiled.get(templates)
  const renders = known !== undefined && known.helpers === helpers ? known.renders : compileAll(templates, helpers ?? {})
  if (renders !== known?.renders) compiled.set(templates, { helpers, renders })
  const template = renders.get(file)
  if (template === undefined) {
    throw new CoworksError({ where: file, what: 'no such template', hint: nearestHint(file, templates.keys()) })
  }
  return format(template(context))
}

function compileAll(templates: Templates, ownHelpers: Readonly<Record<string, TemplateHelper>>): Map<string, Render> {
  const ready = readyFor(templates)
  const env = (ready?.runtime ?? handlebars()).create()
  const helpers: Readonly<Record<string, TemplateHelper>> = { ...builtinHelpers, ...ownHelpers }
  const places: Places = new Map()
  for (const [name, helper] of Object.entries(helpers)) {
    env.registerHelper(name, (...given: unknown[]) => callHelper(env, name, helper, given, places))
  }
  // The built-in blocks take nothing at all for nothing to do: a misspelt name would render a file without its routes.
  for (const name of ['each', 'if', 'unless', 'with']) {
    const block = env.helpers[name]
    env.registerHelper(name, function (this: unknown, value: unknown, options: Handlebars.HelperOptions) {
      if (value === undefined) throw missing(env, options, places)
      return block?.call(this, value, options)
    })
  }
  const renders = new Map<string, Render>()
  for (const [file, text] of templates) {
    const compiledAhead = ready?.templates[file]
    for (const [place, names] of compiledAhead?.places ?? []) places.set(place, names)
    const template =
      compiledAhead === undefined
        ? env.compile(checkedAst(env, file, text, [...templates.keys()], Object.keys(helpers), places), COMPILED)
        : env.template(compiledAhead.spec)
    const run = (context: object, options?: Handlebars.RuntimeOptions): string => {
      try {
        return template(context, options)
      } catch (error) {
        throw placed(file, error)
      }
    }
    renders.set(file, run)
    const partial = partialName(file)
    if (partial !== undefined) env.registerPartial(partial, run as Handlebars.Template)
  }
  return renders
}

/**
 * Not `strict`: it fails on `a.b` without a when it is an argument, and every value is one, with a TypeError that has no place.
 * The helpers and blocks refuse what does not exist, and say where.
 */
const COMPILED = { noEscape: true }

/** Where all are those of the package, as they were when it was made, nothing need be compiled. */
function readyFor(templates: Templates): Ready | undefined {
  const ready = readyTemplates()
  return ready !== undefined && [...templates].every(([file, text]) => ready.templates[file]?.text === text) ? ready : undefined
}

/** Each template with its compiled text, as JavaScript, for when the package is made. @throws CoworksError where one is wrong */
export function precompiled(templates: Templates) {
  const env = handlebars().create()
  return [...templates].map(([file, text]) => {
    const places: Places = new Map()
    const ast = checkedAst(env, file, text, [...templates.keys()], Object.keys(builtinHelpers), places)
    return { file, text, places: [...places], spec: String(env.precompile(ast, COMPILED)) }
  })
}

/** `_function.hbs` is the partial `_function`. */
function partialName(file: string): string | undefined {
  return /^(_.+)\.hbs$/.exec(file)?.[1]
}

function callHelper(env: typeof Handlebars, name: string, helper: TemplateHelper, given: readonly unknown[], places: Places): unknown {
  const values = given.slice(0, -1)
  const options = given.at(-1) as Handlebars.HelperOptions
  if (values.length === 0) throw new env.Exception(`helper \`${name}' needs a value`, nodeAt(options))
  if (values.includes(undefined)) throw missing(env, options, places, values.indexOf(undefined))
  try {
    return helper(...values)
  } catch (error) {
    if (error instanceof CoworksError) throw error // it says what is wrong with the value; the template is not to blame
    throw new env.Exception(error instanceof Error ? error.message : String(error), nodeAt(options))
  }
}

/** What is written as arguments, by place: an error can then say which of them does not exist. */
type Places = Map<string, readonly string[]>

function placeOf(loc: hbs.AST.SourceLocation | undefined): string {
  return `${loc?.source}:${loc?.start.line}:${loc?.start.column}`
}

function missing(env: typeof Handlebars, options: Handlebars.HelperOptions, places: Places, index = 0): Error {
  const node = nodeAt(options)
  return new env.Exception(`\`${places.get(placeOf(node.loc))?.[index] ?? 'a value'}' does not exist`, node)
}

/** Handlebars hands helpers the place they are called from, though its types do not say so. */
function nodeAt(options: Handlebars.HelperOptions): hbs.AST.Node {
  const { loc } = options as Handlebars.HelperOptions & { readonly loc?: hbs.AST.SourceLocation }
  return { type: 'MustacheStatement', loc: loc ?? { source: '', start: { line: 1, column: 0 }, end: { line: 1, column: 0 } } }
}

function checkedAst(
  env: typeof Handlebars,
  file: string,
  text: string,
  files: readonly string[],
  helpers: readonly string[],
  places: Places,
): hbs.AST.Program {
  let ast: hbs.AST.Program
  try {
    ast = env.parse(text, { srcName: file })
  } catch (error) {
    throw parseError(file, text, error)
  }
  const partials = files.flatMap((name) => partialName(name) ?? [])
  const refuse = (node: hbs.AST.Node, what: string, hint: string | undefined): never => {
    throw new CoworksError({ where: `${file}:${node.loc.start.line}:${node.loc.start.column + 1}`, what, hint })
  }
  const remember = (node: hbs.AST.Node, params: readonly hbs.AST.Expression[]): void => {
    const names = params.map((param) => (param.type === 'PathExpression' ? (param as hbs.AST.PathExpression).original : 'a value'))
    places.set(placeOf(node.loc), names)
  }
  class Check extends handlebars().Visitor {
    override MustacheStatement(node: hbs.AST.MustacheStatement): void {
      const path = node.path as hbs.AST.PathExpression
      const name = path.type === 'PathExpression' ? path.original : ''
      const called = node.params.length > 0 || node.hash !== undefined
      if (path.type === 'PathExpression' && !called && !helpers.includes(name)) {
        refuse(node, `\`{{${name}}}' would reach Terraform unescaped`, `write {{hcl ${name}}}, or "…{{text ${name}}}…" inside quotes`)
      }
      if (called && !helpers.includes(name) && !blockHelperNames.has(name))
        refuse(node, `unknown helper \`${name}'`, nearestHint(name, helpers))
      remember(node, node.params)
      super.MustacheStatement(node)
    }
    override BlockStatement(node: hbs.AST.BlockStatement): void {
      remember(node, node.params)
      super.BlockStatement(node)
    }
    override SubExpression(node: hbs.AST.SubExpression): void {
      remember(node, node.params)
      super.SubExpression(node)
    }
    override PartialStatement(node: hbs.AST.PartialStatement): void {
      const name = node.name.type === 'PathExpression' ? (node.name as hbs.AST.PathExpression).original : undefined
      if (name !== undefined && !partials.includes(name)) refuse(node, `unknown partial \`${name}'`, nearestHint(name, partials))
      super.PartialStatement(node)
    }
  }
  new Check().accept(ast)
  return ast
}

/** An error of a running template, with its place; one that has been placed (by a partial) is left as it is. */
function placed(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CoworksError) return error
  const { lineNumber, column } = error as Error & { readonly lineNumber?: number; readonly column?: number }
  if (lineNumber === undefined) return new CoworksError({ where: file, what: error.message }, { cause: error })
  const what = error.message.replace(/ - \d+:\d+$/, '')
  return new CoworksError({ where: `${file}:${lineNumber}:${(column ?? 0) + 1}`, what }, { cause: error })
}

/**
 * The parser says its place as text and picture only: "Parse error on line 3:", the neighbourhood without its newlines,
 * and an arrow. The neighbourhood is looked up in the file again, which gives the column and, after `\n`, the right line.
 */
function parseError(file: string, text: string, error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error)
  const [head = '', shown = '', arrow = '', ...rest] = message.split('\n')
  const at = (error as { readonly lineNumber?: number; readonly column?: number }) ?? {}
  if (at.lineNumber !== undefined) return placed(file, error)
  const line = Number(/on line (\d+)/.exec(head)?.[1] ?? 1)
  const past = shown.slice(0, arrow.indexOf('^')).replace(/^\.\.\./, '')
  const kept = [...text].flatMap((char, index) => (char === '\n' ? [] : [index]))
  const flat = text.replaceAll('\n', '')
  const found = arrow.includes('^') ? flat.indexOf(shown.replace(/^\.\.\.|\.\.\.$/g, '')) : -1
  const offset = found < 0 ? undefined : (kept[found + past.length] ?? text.length)
  const before = offset === undefined ? '' : text.slice(0, offset)
  const where =
    offset === undefined ? `${file}:${line}:1` : `${file}:${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}`
  return new CoworksError(
    { where, what: rest.join(' ') || head, detail: [shown, arrow].filter((part) => part !== '').join('\n') || undefined },
    { cause: error },
  )
}
