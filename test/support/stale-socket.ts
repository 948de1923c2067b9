// Leaves a Unix socket behind as a killed process does: the file is there, and nobody serves it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const listenAndSay = `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`

export async function leaveStaleSocket(path: string): Promise<void> {
  const child = spawn(process.execPath, ['-e', listenAndSay, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await ended
}
