// Signals: what they end, what they reload, and when they do neither.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { freshHome, startGateway } from '../support/gateway-process.ts'
import { openServiceParent, type ServiceParent } from '../support/service-parent.ts'
import { skipUnless } from '../support/skip-unless.ts'
import { until } from '../support/until.ts'

const onLinux = skipUnless(process.platform === 'linux', 'Linux')

it('opens no debugger on SIGUSR1', async () => {
  const gateway = await startGateway()
  process.kill(gateway.pid, 'SIGUSR1')
  await until(async () => /SIGUSR1|Debugger/.test(await gateway.logs()))
  expect(await gateway.logs()).not.toContain('Debugger')
  await expect(gateway.client.call('gateway.status', {})).resolves.toMatchObject({ pid: gateway.pid })
  await gateway.stop()
})

/** A login shell that hangs when it is told to, and says which process it is. */
async function hangingShell() {
  const folder = await mkdtemp(join(tmpdir(), 'shell-'))
  const [shell, pid, hangs] = ['sh', 'pid', 'hangs'].map((name) => join(folder, name)) as [string, string, string]
  await writeFile(
    shell,
    `#!/bin/sh\nwhile [ -e ${hangs} ]; do echo $$ > ${pid}; sleep 0.02; done\nexec /bin/sh "$@"\n`,
    {
      mode: 0o755,
    },
  )
  return {
    env: { SHELL: shell },
    configuration: { gateway: { port: 0 }, env: { shellEnv: { enabled: true, timeoutMs: 120_000 } } },
    hang: () => writeFile(hangs, ''),
    goOn: () => rm(hangs),
    begun: () => until(async () => existsSync(pid) && (await readFile(pid, 'utf8')).endsWith('\n')),
    hasEnded: async () => !existsSync(`/proc/${(await readFile(pid, 'utf8')).trim()}`),
  }
}

describe('while the gateway starts', () => {
  async function starting(): Promise<{
    readonly parent: ServiceParent
    readonly shell: Awaited<ReturnType<typeof hangingShell>>
  }> {
    const shell = await hangingShell()
    await shell.hang()
    const parent = openServiceParent({ home: await freshHome(shell.configuration), env: shell.env })
    onTestFinished(() => parent.close())
    return { parent, shell }
  }

  onLinux('SIGTERM ends it, whatever it waits for, and nothing of it was started', async () => {
    const { parent, shell } = await starting()
    const started = parent.start()
    await shell.begun()
    expect(await parent.stop()).toEqual({ code: 0, signal: null })
    await expect(started).rejects.toThrow('ended before it was ready')
    expect(parent.heard().join('\n')).not.toContain('READY=1')
    await until(shell.hasEnded)
  })

  onLinux('SIGHUP does not end it; what changed meanwhile is read when it is ready', async () => {
    const { parent, shell } = await starting()
    const started = parent.start()
    await shell.begun()
    parent.kill('SIGHUP')
    await shell.goOn()
    await started
    await until(() => parent.heard().some((text) => text.startsWith('RELOADING=1')))
  })
})

describe('SIGHUP', () => {
  onLinux('is a reload, which the service manager hears of', async () => {
    const parent = openServiceParent({ home: await freshHome() })
    onTestFinished(() => parent.close())
    await parent.start()
    parent.kill('SIGHUP')
    await until(() => parent.heard().filter((text) => text.startsWith('READY=1')).length === 2)
    const heard = parent.heard().filter((text) => !text.startsWith('STATUS'))
    expect(heard).toEqual([
      expect.stringMatching(/^READY=1/),
      expect.stringMatching(/^RELOADING=1\nMONOTONIC/),
      'READY=1',
    ])
  })

  test('does not keep a stop waiting for the programs of its reload', async () => {
    const shell = await hangingShell()
    const home = await freshHome(shell.configuration)
    const gateway = await startGateway({ home, env: shell.env })
    await shell.hang()
    process.kill(gateway.pid, 'SIGHUP')
    await shell.begun()
    expect(await gateway.stop()).toEqual({ code: 0, signal: null })
    expect(await gateway.logs()).not.toMatch(/reload failed|did not close/)
    await until(shell.hasEnded)
    const next = await startGateway({ home })
    const { events } = await next.client.call('audit.log', { type: 'GatewayStopped' })
    expect(events).toHaveLength(1)
    await next.stop()
  })

  test('during a stop changes nothing', async () => {
    const gateway = await startGateway({ configuration: { gateway: { port: 0 } } })
    process.kill(gateway.pid, 'SIGTERM')
    process.kill(gateway.pid, 'SIGHUP')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    await gateway.removeHome()
  })
})
