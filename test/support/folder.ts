/** A temporary folder that is gone when the process ends. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export class Folder {
  readonly path: string

  constructor(files: Readonly<Record<string, string>> = {}, path?: string) {
    this.path = path ?? realpathSync(mkdtempSync(join(tmpdir(), 'coworks-test-')))
    folders.push(this.path)
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  at(name: string): string {
    return join(this.path, name)
  }

  /** Writes a file, with the folders above it; one of secrets as its owner should. */
  write(name: string, text: string | Uint8Array, mode = name.includes('.secret.') ? 0o600 : 0o644): void {
    mkdirSync(dirname(this.at(name)), { recursive: true })
    writeFileSync(this.at(name), text)
    chmodSync(this.at(name), mode)
  }

  read(name: string): string {
    return readFileSync(this.at(name), 'utf8')
  }

  touch(name: string, seconds: number): void {
    utimesSync(this.at(name), seconds, seconds)
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true, force: true })
  }
}
