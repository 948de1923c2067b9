// A storage thread that opens, takes calls and dies of the first `append`: what a crash looks like from outside.
import { parentPort } from 'node:worker_threads'

const opening = { lastPosition: 0, snapshot: null, tail: [], installationKey: new Uint8Array(32), usage: [] }
parentPort?.postMessage({ value: opening })
parentPort?.on('message', (/** @type {{ method: string }[]} */ calls) => {
  if (calls.some(({ method }) => method === 'append')) throw new Error('out of luck')
})
