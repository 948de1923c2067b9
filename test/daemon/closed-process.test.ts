// The process of a gateway is closed to other programs of the same user, and root does not stay root.
import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import {
  cleanEnvironment,
  freshHome,
  type GatewayProcess,
  programPath,
  projectRoot,
  startGateway,
} from '../support/gateway-process.ts'
import { asOtherUser, itWithProgramOfOtherUser, otherUid } from '../support/other-user.ts'
import { skipUnless } from '../support/skip-unless.ts'

const onLinux = skipUnless(process.platform === 'linux', 'Linux')

/** A gateway of another user than root, for whom this test runs programs as well. */
async function gatewayOfOther(): Promise<GatewayProcess> {
  const home = await freshHome()
  for (const path of [home, join(home, 'traseai.json')]) chownSync(path, otherUid, otherUid)
  const gateway = await startGateway({
    home,
    env: { OPENAI_API_KEY: 'sk-test-in-the-environment' },
    wrap: asOtherUser,
  })
  onTestFinished(async () => {
    await gateway.stop()
    await gateway.removeHome()
  })
  return gateway
}

/** Runs a program as the user of the gateway, without any privilege. */
function asSameUser(...command: readonly string[]): { readonly status: number | null; readonly said: string } {
  const [program, ...args] = asOtherUser(command)
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}

/** ptrace(2), PTRACE_ATTACH, as a program of a few lines. */
const attach = `
  const koffi = require(${JSON.stringify(join(projectRoot, 'node_modules/koffi'))})
  const ptrace = koffi.load(null).func('long ptrace(int request, int pid, void *address, void *data)')
  console.log(ptrace(16, Number(process.argv[1]), null, null) === 0 ? 'attached' : 'refused')
`

describe('another program of the same user', () => {
  itWithProgramOfOtherUser('reads neither environment nor memory of a gateway', async () => {
    const { pid } = await gatewayOfOther()
    for (const file of ['environ', 'mem', 'maps', 'auxv', 'io']) {
      const { status, said } = asSameUser('cat', `/proc/${pid}/${file}`)
      expect({ file, status }).toEqual({ file, status: 1 })
      expect(said).toMatch(/denied|not permitted/)
    }
    expect(asSameUser('ls', `/proc/${pid}/fd/`).said).toMatch(/denied/)
  })

  itWithProgramOfOtherUser(
    'can read that of a process that is not closed, so the test looks at the right thing',
    () => {
      const script = 'sleep 60 & cat /proc/$!/environ > /dev/null; status=$?; kill $!; exit $status'
      expect(asSameUser('sh', '-c', script).status).toBe(0)
    },
  )

  itWithProgramOfOtherUser('cannot trace a gateway', async () => {
    const { pid } = await gatewayOfOther()
    expect(asSameUser(process.execPath, '-e', attach, String(pid)).said.trim()).toBe('refused')
  })

  const withDebugger = process.getuid?.() === 0 && spawnSync('gcore', ['-h']).error === undefined
  skipUnless(withDebugger, 'root and gcore')('takes no core of a gateway', async () => {
    const { pid, home } = await gatewayOfOther()
    const { status, said } = asSameUser('gcore', '-o', join(home, 'core'), String(pid))
    expect(status).not.toBe(0)
    expect(said).toMatch(/Operation not permitted/)
    expect(readdirSync(home).filter((name) => name.startsWith('core'))).toEqual([])
  })
})

onLinux('a gateway leaves no core file when it crashes, and no file that others can read', async () => {
  const gateway = await startGateway()
  expect(readFileSync(`/proc/${gateway.pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 +0 /m)
  expect(readFileSync(`/proc/${gateway.pid}/status`, 'utf8')).toMatch(/^Umask:\t0077$/m)
  await gateway.stop()
})

describe('a gateway that root starts', () => {
  const asRoot = skipUnless(process.getuid?.() === 0, 'root')
  const nobody = userOf(otherUid)

  async function homeOf(uid: number, user: string): Promise<string> {
    const home = await freshHome({ gateway: { port: 0, user } })
    for (const path of [home, join(home, 'traseai.json')]) chownSync(path, uid, uid)
    return home
  }

  /** One that does not come up, in the words of its end. */
  function refused(
    home: string,
    ...wrap: readonly string[]
  ): { readonly status: number | null; readonly stderr: string } {
    const [program, ...args] = [...wrap, process.execPath, programPath, 'gateway', 'run']
    const { status, stderr } = spawnSync(program, args, {
      env: cleanEnvironment(home),
      encoding: 'utf8',
      timeout: 20_000,
    })
    return { status, stderr }
  }

  itWithProgramOfOtherUser('becomes the user that gateway.user names, and is closed as ever', async () => {
    const home = await homeOf(otherUid, nobody)
    const gateway = await startGateway({ home })
    const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:(\\t${otherUid}){4}$`, 'm'))
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(status).toMatch(/^CapPrm:\t0+$/m)
    const groups = /^Groups:\t(.*)$/m.exec(status)?.[1]?.trim().split(' ') ?? []
    expect(groups).not.toContain('0')
    for (const name of readdirSync(home))
      expect({ name, uid: statSync(join(home, name)).uid }).toEqual({ name, uid: otherUid })
    expect(asSameUser('cat', `/proc/${gateway.pid}/environ`).status).toBe(1)
    await gateway.stop()
    await gateway.removeHome()
  })

  asRoot('makes nothing in a home of somebody else, and says what would give it to the user', async () => {
    const home = await homeOf(0, nobody)
    const { status, stderr } = refused(home)
    expect({ status, stderr }).toEqual({
      status: 77,
      stderr: expect.stringContaining(`hint: chown -R ${nobody}: ${home}\n`) as string,
    })
    expect(readdirSync(home)).toEqual(['traseai.json'])
  })

  asRoot('says so when one file of the home is still of root', async () => {
    const home = await homeOf(otherUid, nobody)
    writeFileSync(join(home, '.env'), '')
    expect(refused(home).stderr).toContain(`${join(home, '.env')} does not belong to ${nobody}`)
  })

  asRoot('says so when there is no such user', async () => {
    const home = await homeOf(0, 'no-such-user-here')
    expect(refused(home)).toEqual({
      status: 78,
      stderr: expect.stringContaining('gateway.user: there is no user no-such-user-here') as string,
    })
  })

  asRoot('is told of gateway.user when the home is not its own, and only then', async () => {
    const elsewhere = await startGateway()
    expect(await elsewhere.logs()).toContain('gateway.user')
    await elsewhere.stop()
    const own = mkdtempSync(join(userInfo().homedir, '.traseai-test-'))
    onTestFinished(() => rmSync(own, { recursive: true, force: true }))
    writeFileSync(join(own, 'traseai.json'), JSON.stringify({ gateway: { port: 0 } }))
    const gateway = await startGateway({ home: own })
    expect(await gateway.logs()).not.toContain('gateway.user')
    await gateway.stop()
  })

  itWithProgramOfOtherUser('is not needed by whoever is that user already', async () => {
    const home = await homeOf(otherUid, nobody)
    const gateway = await startGateway({ home, wrap: asOtherUser })
    await gateway.stop()
    await gateway.removeHome()
  })

  itWithProgramOfOtherUser('is what another user cannot do instead', async () => {
    const home = await homeOf(otherUid, 'root')
    const { status, stderr } = refused(home, ...asOtherUser([]))
    expect({ status, stderr }).toEqual({
      status: 77,
      stderr: expect.stringContaining(
        `gateway.user is root (uid 0), but the gateway was started as uid ${otherUid}`,
      ) as string,
    })
  })
})

/** What a uid is called here. */
function userOf(uid: number): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.split(':')[2] === String(uid))
  return line?.split(':')[0] ?? 'nobody'
}
