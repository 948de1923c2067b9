// `notify` with a traseai.json that was just edited, and wrongly.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startWithCli } from './with-gateway.ts'

describe.each(['list', 'test'])('notify %s', (command) => {
  it('says that it is not about the settings that were just broken', async () => {
    const { gateway, run } = await startWithCli()
    writeFileSync(join(gateway.home, 'traseai.json'), '{ "notify": [{ "kind": "ntfi" }] }')
    await run('gateway', 'reload')
    const { stderr } = await run('notify', command)
    expect(stderr).toContain('traseai.json:1: notify[0].kind')
    expect(stderr).toContain('note: traseai.json is broken, and this is about the last good one')
  })
})
