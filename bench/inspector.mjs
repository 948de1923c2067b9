// What a Node process that was started with --inspect has in memory, asked through the inspector's protocol: nothing of it needs the program's help.
import { WebSocket } from 'undici'

export async function openInspector(port) {
  const [{ webSocketDebuggerUrl }] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()
  const socket = new WebSocket(webSocketDebuggerUrl)
  const waiting = new Map()
  let nextId = 1
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(data)
    const call = waiting.get(id)
    waiting.delete(id)
    if (error) call?.reject(new Error(error.message))
    else call?.resolve(result)
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')))
  })
  const send = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = nextId++
      waiting.set(id, { resolve, reject })
      socket.send(JSON.stringify({ id, method, params }))
    })
  const evaluate = async (expression) =>
    (await send('Runtime.evaluate', { expression, returnByValue: true })).result.value

  return {
    /** Bytes of the heap that are in use after a collection of garbage. */
    async heapBytes() {
      await send('HeapProfiler.collectGarbage')
      return (await send('Runtime.getHeapUsage')).usedSize
    },
    /** What keeps the process alive, by kind: sockets, servers, timers, requests. */
    async activeResources() {
      const kinds = await evaluate('process.getActiveResourcesInfo()')
      const counts = {}
      for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1
      return counts
    },
    /** Listeners on all event emitters that are in memory, and how many emitters there are. */
    async listeners() {
      const emitters = `process.getBuiltinModule('node:events').EventEmitter.prototype`
      const { result } = await send('Runtime.evaluate', { expression: emitters })
      const { objects } = await send('Runtime.queryObjects', {
        prototypeObjectId: result.objectId,
        objectGroup: 'bench',
      })
      const counted = await send('Runtime.callFunctionOn', {
        objectId: objects.objectId,
        functionDeclaration: String(countListeners),
        returnByValue: true,
      })
      await send('Runtime.releaseObjectGroup', { objectGroup: 'bench' })
      return counted.result.value
    },
    close: () => socket.close(),
  }
}

/** Runs in the other process. */
function countListeners() {
  let listeners = 0
  let emitters = 0
  for (const emitter of this) {
    const events = emitter._events // of a prototype there is none
    if (!events) continue
    emitters++
    for (const name of Reflect.ownKeys(events)) {
      const found = events[name]
      listeners += Array.isArray(found) ? found.length : found === undefined ? 0 : 1
    }
  }
  return { listeners, emitters }
}
