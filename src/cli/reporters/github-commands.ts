/**
 * Workflow commands of GitHub Actions as text (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions). The
 * runner takes every line that looks like one for one: names and messages are escaped, so that none of them can be a command. Pure.
 */

export function command(name: string, properties: Readonly<Record<string, string | number | undefined>>, message: string): string {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined)
  const list = given.map(([key, value]) => `${key}=${property(String(value))}`).join(',')
  return `::${name}${list === '' ? '' : ` ${list}`}::${data(message)}\n`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** From here on the runner takes no line for a command, until `resume`; `token` must not be guessed by who writes what is between. */
export function stop(token: string): string {
  return `::stop-commands::${token}\n`
}

export function resume(token: string): string {
  return `::${token}::\n`
}
