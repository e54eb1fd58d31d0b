/** What of a project must not be committed, added to the .gitignore there is. Takes and returns text. */

/** Built files, state, secrets. Terraform's files and its lock file are committed, and so not here. */
export const IGNORED = [
  'node_modules/',
  '.coworks/',
  '*.secret.json',
  'layer.zip',
  '*.cdx.json',
  'terraform/tmp/',
  '.terraform/',
  '*.tfstate',
  '*.tfstate.*',
  '*.tfplan',
] as const

/** The text with what is missing in it; the same text where nothing is. */
export function addIgnored(text: string, wanted: readonly string[] = IGNORED): string {
  const has = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, '')))
  const missing = wanted.filter((line) => !has.has(line.replace(/\/$/, '')))
  if (missing.length === 0) return text
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const before = text === '' || text.endsWith('\n') ? text : text + eol
  return before + missing.map((line) => line + eol).join('')
}
