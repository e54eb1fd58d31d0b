/** The document as a file beside its zip. A file of that name that coworks did not write is left, and said. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { CoworksError } from '../util/problem.js'

/** `terraform/tmp/app-test-dev.zip` -> `terraform/tmp/app-test-dev.cdx.json` */
export function sbomPath(zip: string): string {
  return `${zip.replace(/\.zip$/, '')}.cdx.json`
}

/** Whether the file is another one now. `shown`: how messages name it. @throws CoworksError where it is somebody else's */
export function writeSbom(file: string, shown: string, text: string): boolean {
  const before = textOf(file)
  if (before === text) return false
  if (before !== undefined && !isOurs(before))
    throw new CoworksError({ where: shown, what: 'is there, and coworks did not write it', hint: 'move it away' })
  const temporary = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    const { code } = error as NodeJS.ErrnoException
    throw new CoworksError({ where: shown, what: `cannot be written: ${code ?? String(error)}` }, { cause: error })
  }
  return true
}

function isOurs(text: string): boolean {
  try {
    const { metadata } = JSON.parse(text) as { metadata?: { tools?: { components?: { name?: string }[] } } }
    return metadata?.tools?.components?.[0]?.name === 'coworks'
  } catch {
    return false
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
