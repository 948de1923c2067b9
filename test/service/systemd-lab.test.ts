// The lab itself: what boots in it is the real systemd, and nothing of it outlives a test, however the test ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { projectRoot } from '../support/gateway-process.ts'
import { inLab, itWithSystemd, labScript, openSystemdLab } from '../support/systemd-lab.ts'
import { until } from '../support/until.ts'

describe('the systemd lab', () => {
  itWithSystemd('boots, has a user with a manager of their own, and boots again', async () => {
    const lab = await openSystemdLab()
    try {
      expect((await lab.run(['systemctl', 'is-system-running'])).stdout).toMatch(/^(running|degraded)$/m)
      await lab.get(['touch', '/run/gone', '/var/kept'])
      await lab.reboot()
      expect((await lab.run(['systemctl', '--user', 'is-system-running'], { as: 'dora' })).stdout).toMatch(
        /^(running|degraded)$/m,
      )
      expect(await lab.get(['ls', '/var/kept'])).toBe('/var/kept')
      expect(await lab.run(['ls', '/run/gone'])).toMatchObject({ status: 2 })
      expect(await lab.get([inLab.node, inLab.program, '--version'], { as: 'dora' })).toMatch(/^\d+\.\d+\.\d+/)
    } finally {
      await lab.close()
    }
  })

  itWithSystemd('stands beside other labs, which know nothing of each other', async () => {
    const labs = await Promise.all([openSystemdLab(), openSystemdLab()])
    try {
      await labs[0].get(['systemd-run', '--unit=first', 'sleep', 'infinity'])
      expect(await labs[0].get(['systemctl', 'is-active', 'first'])).toBe('active')
      expect(await labs[1].run(['systemctl', 'is-active', 'first'])).toMatchObject({ stdout: 'inactive\n' })
    } finally {
      await Promise.all(labs.map((lab) => lab.close()))
    }
  })

  itWithSystemd('is gone with all its processes when the test that opened it is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-'))
    const boot = ['boot', folder, 'unified', process.execPath, projectRoot]
    const opener = `require('child_process').spawn('bash', ${JSON.stringify([labScript, ...boot])}, { stdio: ['pipe', 'inherit', 'ignore'] })`
    const test = spawn(process.execPath, ['-e', opener], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(test.stdout, 'data')) as [Buffer]
    const first = line.toString().trim().replace('booted ', '/proc/')
    expect(existsSync(`${first}/root/etc`)).toBe(true)
    test.kill('SIGKILL')
    await until(() => !existsSync(`${first}/root/etc`) && !existsSync(folder))
  })
})
