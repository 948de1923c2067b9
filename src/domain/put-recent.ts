// A map with a written limit: the entry that was set longest ago makes room for a new one.

/** A Map keeps the order of insertion: setting again moves to the end, and the first is the one unused longest. */
export function putRecent<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= max) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
