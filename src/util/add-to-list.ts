/** Puts a value at the end of the list of its key, which is begun where there is none. Not by a copy of the list: there may be thousands of each. */
export function addToList<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
