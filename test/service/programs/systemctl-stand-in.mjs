// Stands for systemctl: keeps what is enabled and active in a folder, writes down what it was asked, and runs the gateway that it is to start.
// @ts-check
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const [folder = '', units = '', ...words] = process.argv.slice(2)
const [command = '', ...names] = words.filter((word) => !word.startsWith('-'))
const statePath = join(folder, 'state.json')
/** @type {{ behaviour: 'runs' | 'idle' | 'fails' | 'refuses', active: string[], pid: number }} */
const state = JSON.parse(readFileSync(statePath, 'utf8'))
appendFileSync(join(folder, 'calls.log'), `${words.filter((word) => word !== '--no-ask-password').join(' ')}\n`)
if (state.behaviour === 'refuses') {
  process.stderr.write('Failed to connect to bus: No medium found\n')
  process.exit(1)
}
const save = () => writeFileSync(statePath, JSON.stringify(state))
/** @param {string} name */
const link = (name) => join(units, 'enabled.wants', name)
/** @param {string} name */
const isActive = (name) => state.active.includes(name)
const text = (/** @type {string} */ name) => readFileSync(join(units, name), 'utf8')

async function startGateway() {
  const unit = text('traseai.service')
  const [program = '', ...args] = (/^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '').split(' ')
  const home = /"TRASEAI_HOME=([^"]*)"/.exec(unit)?.[1] ?? ''
  const env = { PATH: process.env['PATH'], HOME: home, TRASEAI_HOME: home }
  // systemd.exec(5): by SYSTEMD_EXEC_PID a process knows that it is the one that was started.
  const script = 'SYSTEMD_EXEC_PID=$$ exec "$@"'
  const command = ['-c', script, 'unit', program, ...args, '--background']
  const child = spawn('/bin/sh', command, { env, stdio: 'ignore', detached: true })
  child.unref()
  state.pid = child.pid ?? 0
  while (child.exitCode === null && !(await answers(join(home, 'control.sock')))) await delay(20)
  return child.exitCode === null
}

/** @param {string} path @returns {Promise<boolean>} */
function answers(path) {
  return new Promise((resolve) => {
    const socket = connect(path, () => (socket.destroy(), resolve(true)))
    socket.on('error', () => resolve(false))
  })
}

async function stopGateway() {
  if (state.pid === 0) return
  try {
    process.kill(state.pid, 'SIGTERM')
    while (process.kill(state.pid, 0)) await delay(20)
  } catch {
    state.pid = 0 // it has ended
  }
}

/** @param {string} name */
async function start(name) {
  if (name !== 'traseai.service') state.active.push(name)
  else if (state.behaviour === 'idle' || (state.behaviour === 'runs' && (await startGateway()))) state.active.push(name)
  else process.exitCode = 1
}

/** @param {string} name */
async function stop(name) {
  if (name === 'traseai.service') await stopGateway()
  state.active = state.active.filter((each) => each !== name)
}

/** @param {string} name */
function show(name) {
  const loaded = existsSync(join(units, name))
  const isService = name === 'traseai.service'
  const failed = isService && state.behaviour === 'fails'
  return [
    `Id=${name}`,
    `LoadState=${loaded ? 'loaded' : 'not-found'}`,
    `ActiveState=${isActive(name) ? 'active' : failed ? 'failed' : 'inactive'}`,
    `UnitFileState=${existsSync(link(name)) ? 'enabled' : 'disabled'}`,
    'NeedDaemonReload=no',
    `MainPID=${isService ? state.pid : 0}`,
    `Result=${failed ? 'watchdog' : 'success'}`,
    `StatusText=${isService && state.pid > 0 ? '3 providers' : ''}`,
  ].join('\n')
}

if (command === 'show') process.stdout.write(`${names.map(show).join('\n\n')}\n`)
if (command === 'enable') {
  mkdirSync(join(units, 'enabled.wants'), { recursive: true })
  for (const name of names) if (!existsSync(link(name))) symlinkSync(join(units, name), link(name))
}
if (command === 'disable') for (const name of names) rmSync(link(name), { force: true })
if (command === 'stop' || command === 'restart' || words.includes('--now')) {
  for (const name of [...names].reverse()) await stop(name)
}
if (command === 'start' || command === 'restart') {
  for (const name of names) if (!isActive(name)) await start(name)
}
save()
