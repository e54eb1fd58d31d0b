/**
 * Says when files of a project change, a moment after they are at rest. Decides what is no source: what is installed, what
 * is built, and what version control keeps.
 */
import { relative } from 'node:path'
import { watch } from 'chokidar'

const NEVER = ['node_modules', '.git', '.coworks', '.terraform']
/** An editor that saves several files, or writes one in two steps, is one change. */
const REST_MS = 50

export interface SourceWatch {
  close(): Promise<void>
}

/** @param root absolute @param written absolute paths of folders that builds write into @returns once every file is watched */
export async function watchSources(
  root: string,
  written: readonly string[],
  changed: (paths: readonly string[]) => void,
  failed: (error: unknown) => void,
): Promise<SourceWatch> {
  const watcher = watch(root, {
    ignoreInitial: true,
    ignored: (path) => {
      const inside = relative(root, path)
      const segments = inside.split('/')
      return segments.some((segment) => NEVER.includes(segment)) || inside.endsWith('.zip') || written.includes(path)
    },
  })
  const waiting = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', (_, path) => {
    waiting.add(relative(root, path))
    clearTimeout(timer)
    timer = setTimeout(() => {
      const paths = [...waiting].sort()
      waiting.clear()
      changed(paths)
    }, REST_MS)
  })
  watcher.on('error', failed)
  await new Promise<void>((ready) => watcher.once('ready', ready))
  return {
    close: () => {
      clearTimeout(timer)
      return watcher.close()
    },
  }
}
