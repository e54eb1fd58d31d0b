/**
 * `import()` of what is none of the package's own modules. In a file of its own, since what V8 compiled of a file before does not know how to
 * import any more: the command compiles this one anew in each process, and those who need it not.
 */

/** @param url of a file, as `pathToFileURL` gives it */
export function importModule(url: string): Promise<object> {
  return import(url) as Promise<object>
}
