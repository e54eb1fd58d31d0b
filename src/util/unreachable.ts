/** Closes a `switch` over a union: adding a case without handling it is then a type error. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
