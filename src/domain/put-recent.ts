// A map with a written limit: the entry that was set longest ago makes room for a new one.

/**
 * A Map keeps the order of insertion: setting again moves to the end, and the first is the one unused longest.
 * Returns the value that made room, if one had to.
 */
export function putRecent<K, V>(map: Map<K, V>, key: K, value: V, max: number): V | undefined {
  map.delete(key)
  map.set(key, value)
  if (map.size <= max) return undefined
  const [oldest] = map
  if (oldest === undefined) return undefined
  map.delete(oldest[0])
  return oldest[1]
}
