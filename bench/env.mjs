// From the moment a save of .env returns until the gateway uses the new key, for each way in which editors save.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeHome, percentile, startGateway } from './measure.mjs'

const saves = 100
const runProgram = promisify(execFile)

async function saveWithVim(file, text) {
  await runProgram('vim', ['-es', '-u', 'NONE', '-c', `%s/^OPENAI_API_KEY=.*/${text.trim()}/`, '-c', 'wq', file])
}

const waysToSave = {
  'written in place': (file, text) => writeFile(file, text),
  'written and renamed': async (file, text) => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  },
  'deleted and created': async (file, text) => {
    await rm(file)
    await writeFile(file, text)
  },
  ...(existsSync('/usr/bin/vim') ? { 'vim -es': saveWithVim } : {}),
  'sed -i': (file, text) => runProgram('sed', ['-i', `s/^OPENAI_API_KEY=.*/${text.trim()}/`, file]),
}

export async function run() {
  const place = await makeHome()
  const file = join(place.home, '.env')
  await writeFile(file, 'OPENAI_API_KEY=sk-bench-start-00000000000000000000\n')
  const gateway = await startGateway(place)
  try {
    const rows = []
    for (const [name, save] of Object.entries(waysToSave)) {
      const times = []
      for (let each = 0; each < saves; each += 1)
        times.push(await saveToUsable(gateway.caller, file, save, `${name.length}-${each}`))
      rows.push({
        name: `${name}: save to usable, p50 and p95 of ${saves}`,
        value: `${percentile(times, 0.5).toFixed(1)} ${percentile(times, 0.95).toFixed(1)}`,
        unit: 'ms',
      })
    }
    return rows
  } finally {
    await gateway.stop()
    await place.remove()
  }
}

async function saveToUsable(caller, file, save, mark) {
  const key = `sk-bench-${mark.padStart(28, '0')}`
  const before = await fingerprint(caller)
  await save(file, `OPENAI_API_KEY=${key}\n`)
  const savedAt = performance.now()
  const deadline = savedAt + 10_000
  while ((await fingerprint(caller)) === before) {
    if (performance.now() > deadline) throw new Error(`a save was not taken up in 10 s`)
  }
  return performance.now() - savedAt
}

async function fingerprint(caller) {
  const [credential] = await caller.call('credentials.list', { provider: 'openai' })
  return credential?.fingerprint ?? null
}
