/** Which names mean something in a template already. Apart from the templates' own code, as a Coworksfile is checked by it at each build. */

export const builtinHelperNames = ['hcl', 'text', 'label', 'comment', 'openapi', 'eq'] as const
export const blockHelperNames: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with', 'lookup', 'log'])

/** Whether a project may call a helper of its own so: the templates that come with coworks mean ours by the others. */
export function isOwnHelperName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !builtinHelperNames.some((one) => one === name) && !blockHelperNames.has(name)
}
