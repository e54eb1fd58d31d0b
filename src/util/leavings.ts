/** Files that an editor or a desktop leaves beside those of a user, by their names: nobody's source, gone or changed at any moment. */
const LEAVINGS: readonly RegExp[] = [
  /.~$/, // backups of vim, emacs, nano
  /^\..*\.sw[a-px-z]$|^\.sw[a-p]$/, // vim's swap files
  /^4913$/, // vim looks whether it may write here
  /^\.#|^#.*#$/, // emacs: lock, autosave
  /___jb_(?:tmp|old)___$/, // JetBrains
  /^\.goutputstream-|^\.~lock\..*#$|\.kate-swp$/,
  /^\.subl.*\.tmp$/, // Sublime Text
  /^\.DS_Store$|^Thumbs\.db$/,
]

/** @param path its last name counts */
export function isLeaving(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return LEAVINGS.some((pattern) => pattern.test(name))
}
