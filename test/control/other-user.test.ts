// Another user on the same machine who can reach the socket's file: the kernel's word counts, not the file's mode.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { freshHome, startGateway } from '../support/gateway-process.ts'
import { asOtherUser, itAsOtherUser, itWithProgramOfOtherUser, otherUid } from '../support/other-user.ts'

const ask = `
  const socket = require('node:net').connect(process.argv[1])
  socket.write('{"jsonrpc":"2.0","method":"credentials.resolve","params":{"provider":"openai","reveal":true},"id":1}\\n')
  socket.pipe(process.stdout)
`

async function askAsOtherUser(socket: string): Promise<string> {
  const [program, ...args] = asOtherUser([process.execPath, '-e', ask, socket])
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' })
  const [answer] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return answer
}

itAsOtherUser('a socket that was made 0666 by hand refuses another user, and the log says whom', async () => {
  const gateway = await startGateway({ env: { OPENAI_API_KEY: 'sk-test-00000000000000000000' } })
  await chmod(gateway.home, 0o755)
  await chmod(gateway.socket, 0o666)

  const answers = [await askAsOtherUser(gateway.socket), await askAsOtherUser(gateway.socket)]
  for (const answer of answers) {
    expect(JSON.parse(answer)).toMatchObject({ id: null, error: { code: 122, data: { code: 'permission_denied' } } })
  }
  const { events } = await gateway.client.call('audit.log', { type: 'CredentialRevealed' })
  expect(events).toEqual([])
  await gateway.stop()
})

itAsOtherUser('many refusals of one user are one line of the log, with who it was', async () => {
  const gateway = await startGateway()
  await chmod(gateway.home, 0o755)
  await chmod(gateway.socket, 0o666)
  for (let count = 0; count < 3; count += 1) await askAsOtherUser(gateway.socket)
  const log = join(gateway.home, 'logs', 'gateway.log')
  const refusals = async (): Promise<string[]> =>
    (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('refused at the control socket'))
  await expect.poll(refusals).toHaveLength(1)
  const [line = ''] = await refusals()
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    uid: otherUid,
    pid: expect.any(Number) as unknown,
    program: 'node',
  })
  await gateway.stop()
})

itWithProgramOfOtherUser('root may speak to the gateway of any user, and is known as root', async () => {
  const home = await freshHome()
  await chown(home, otherUid, otherUid)
  await chown(join(home, 'traseai.json'), otherUid, otherUid)
  const gateway = await startGateway({ home, wrap: asOtherUser })
  await gateway.client.call('clients.issue', { name: 'roots' })
  const { events } = await gateway.client.call('audit.log', { type: 'ClientIssued' })
  expect(events).toMatchObject([{ actor: { kind: 'rpc', uid: 0, pid: process.pid } }])
  await gateway.stop()
  await gateway.removeHome()
})
