// Stands in for launchctl(1) and launchd: `node launchctl-stand-in.mjs FOLDER SUBCOMMAND …`. What is loaded it runs, as launchd would.
// FOLDER holds calls.log, the jobs that are loaded, and what a test arranges: domains.json, disabled.json, behaviour.json.
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const [, self, folder, command, ...args] = process.argv
const json = (name, otherwise) =>
  existsSync(join(folder, name)) ? JSON.parse(readFileSync(join(folder, name), 'utf8')) : otherwise
const domains = json('domains.json', ['gui/501', 'user/501', 'system'])
const behaviour = json('behaviour.json', {})
const jobFile = (target) => join(folder, 'jobs', target.replaceAll('/', '+'))
const jobOf = (target) => (existsSync(jobFile(target)) ? JSON.parse(readFileSync(jobFile(target), 'utf8')) : null)

/** `gui/501/label` in launchctl's words. */
function split(target) {
  const parts = target.split('/')
  const label = parts.pop()
  return { domain: parts.join('/'), label }
}
const inWords = (domain) => (domain === 'system' ? 'system' : `user ${domain.replace('/', ': ')}`)

async function plistAt(path) {
  const { parse } = await import('plist')
  return parse(readFileSync(path, 'utf8'))
}

function end(status, text = '') {
  if (text !== '') (status === 0 ? process.stdout : process.stderr).write(`${text}\n`)
  process.exitCode = status
}
const notFound = (target) => {
  const { domain, label } = split(target)
  if (!domains.includes(domain)) return end(112, `Could not find domain for ${inWords(domain)}`)
  return end(113, `Bad request.\nCould not find service "${label}" in domain for ${inWords(domain)}`)
}

const commands = {
  async bootstrap([domain, path]) {
    const fail = (status, words) => end(status, `Bootstrap failed: ${status}: ${words}`)
    if (!domains.includes(domain)) return fail(125, 'Domain does not support specified action')
    if ((statSync(path).mode & 0o022) !== 0) return fail(122, 'Path had bad ownership/permissions')
    const plist = await plistAt(path)
    const session = plist.LimitLoadToSessionType ?? 'Aqua'
    const belongs = domain.startsWith('gui/') ? 'Aqua' : 'Background'
    if (domain !== 'system' && session !== belongs) return fail(134, 'Service cannot load in requested session')
    const target = `${domain}/${plist.Label}`
    if (json('disabled.json', []).includes(target)) return fail(119, 'Service is disabled')
    if (jobOf(target)) {
      const { loadedStatus = 5, loadedWords = 'Input/output error' } = behaviour
      return fail(loadedStatus, `${loadedWords}\nTry re-running the command as root for richer errors.`)
    }
    const keeper = spawn(process.execPath, [self, folder, 'keep', target, path], { detached: true, stdio: 'ignore' })
    keeper.unref()
    while (!jobOf(target)) await delay(5)
  },
  bootout([target]) {
    const job = jobOf(target)
    if (!job) return end(3, 'Boot-out failed: 3: No such process')
    if (behaviour.bootoutFails) return end(1, 'Boot-out failed: 1: Operation not permitted')
    process.kill(job.keeper, 'SIGTERM')
    // Until macOS 10.15 or so it said that it was not done yet.
    if (behaviour.bootoutSaysInProgress) end(36, 'Boot-out failed: 36: Operation now in progress')
  },
  kickstart(words) {
    const kill = words[0] === '-k'
    const target = words.at(-1)
    const job = jobOf(target)
    if (!job) return notFound(target)
    if (job.pid !== null && !kill)
      return end(37, `Could not kickstart service "${split(target).label}": 37: Operation already in progress`)
    process.kill(job.keeper, kill ? 'SIGHUP' : 'SIGUSR2')
  },
  kill([signal, target]) {
    const job = jobOf(target)
    if (!job) return notFound(target)
    if (job.pid === null) return end(3, 'No process to signal.')
    process.kill(job.pid, signal)
  },
  enable([target]) {
    writeFileSync(
      join(folder, 'disabled.json'),
      JSON.stringify(json('disabled.json', []).filter((each) => each !== target)),
    )
  },
  disable([target]) {
    writeFileSync(join(folder, 'disabled.json'), JSON.stringify([...json('disabled.json', []), target]))
  },
  print([target]) {
    if (domains.includes(target)) return end(0, `${target} = {\n${'\tservice = com.example\n'.repeat(20_000)}}`)
    const job = jobOf(target)
    return job ? end(0, printed(target, job)) : notFound(target)
  },
  'print-disabled'([domain]) {
    const ours = json('disabled.json', [])
      .map(split)
      .filter((each) => each.domain === domain)
    const lines = ours.map(({ label }) => `\t\t"${label}" => ${behaviour.disabledWord ?? 'disabled'}`)
    end(
      0,
      [
        '',
        '\tdisabled services = {',
        '\t\t"com.example.other" => enabled',
        ...lines,
        '\t}',
        '\tlogin item associations = {',
        '\t}',
      ].join('\n'),
    )
  },
  keep,
}

function printed(target, { path, program, state, pid, runs, lastExit, lastSignal, exitSeconds }) {
  const exits = { 64: 'EX_USAGE', 73: 'EX_CANTCREAT', 75: 'EX_TEMPFAIL', 78: 'EX_CONFIG' }
  const exit = lastExit === null ? '(never exited)' : `${lastExit}${exits[lastExit] ? `: ${exits[lastExit]}` : ''}`
  return [
    `${target} = {`,
    '\tactive count = 1',
    `\tpath = ${path}`,
    '\ttype = LaunchAgent',
    `\tstate = ${state}`,
    '',
    `\tprogram = ${program}`,
    '\targuments = {',
    `\t\t${program}`,
    '\t}',
    '',
    '\tdefault environment = {',
    '\t\tPATH => /usr/bin:/bin:/usr/sbin:/sbin',
    '\t}',
    '',
    `\tdomain = ${split(target).domain} [100005]`,
    '\tminimum runtime = 10',
    `\texit timeout = ${exitSeconds}`,
    `\truns = ${runs}`,
    ...(pid === null ? [] : [`\tpid = ${pid}`]),
    ...(lastSignal ? [`\tlast terminating signal = ${lastSignal}`] : [`\tlast exit code = ${exit}`]),
    '',
    '\tresource coalition = {',
    '\t\tID = 1234',
    '\t\tstate = active',
    '\t\tpid = 1',
    '\t}',
    '',
    '\tspawn type = daemon (3)',
    '\tproperties = keepalive | runatload',
    '}',
  ].join('\n')
}

/** What launchd does for one job, in a process of its own, until it is booted out. */
async function keep([target, path]) {
  const plist = await plistAt(path)
  process.umask(plist.Umask ?? 0o022)
  const [program, ...programArgs] = plist.ProgramArguments
  const exitSeconds = plist.ExitTimeOut ?? 5
  const throttleMs = behaviour.throttleMs ?? (plist.ThrottleInterval ?? 10) * 1_000
  const now = {
    keeper: process.pid,
    path,
    program,
    state: 'not running',
    pid: null,
    runs: 0,
    lastExit: null,
    lastSignal: null,
    exitSeconds,
  }
  let child = null
  let leaving = false
  let again = false
  let startedAt = 0
  let timer = null

  function note(change) {
    Object.assign(now, change)
    if (!existsSync(folder)) process.exit()
    mkdirSync(join(folder, 'jobs'), { recursive: true })
    writeFileSync(`${jobFile(target)}.new`, JSON.stringify(now))
    renameSync(`${jobFile(target)}.new`, jobFile(target))
  }
  function start() {
    clearTimeout(timer)
    startedAt = performance.now()
    let stderr = 'ignore'
    try {
      if (plist.StandardErrorPath) stderr = openSync(plist.StandardErrorPath, 'a')
    } catch {
      note({ runs: now.runs + 1 })
      return ended(78, null) // said nowhere but in the system's log
    }
    const env = {
      PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
      HOME: process.env.HOME,
      XPC_SERVICE_NAME: plist.Label,
      ...plist.EnvironmentVariables,
    }
    child = spawn(program, programArgs, {
      env,
      cwd: plist.WorkingDirectory ?? '/',
      stdio: ['ignore', 'ignore', stderr],
    })
    child.on('error', () => ended(78, null))
    child.on('exit', ended)
    note({ state: 'running', pid: child.pid ?? null, runs: now.runs + 1 })
  }
  function ended(status, signal) {
    child = null
    if (leaving) return leave()
    const words = { SIGKILL: 'Killed: 9', SIGTERM: 'Terminated: 15', SIGSEGV: 'Segmentation fault: 11' }
    const wanted = again || (plist.KeepAlive?.SuccessfulExit === false && status !== 0)
    note({
      state: wanted ? 'spawn scheduled' : 'not running',
      pid: null,
      lastExit: status,
      lastSignal: signal && words[signal],
    })
    if (again) start()
    else if (wanted) timer = setTimeout(start, Math.max(0, startedAt + throttleMs - performance.now()))
    again = false
  }
  function leave() {
    rmSync(jobFile(target), { force: true })
    process.exit()
  }
  process.on('SIGTERM', () => {
    leaving = true
    clearTimeout(timer)
    if (!child) return leave()
    note({ state: 'SIGTERMed' })
    child.kill('SIGTERM')
    setTimeout(() => child?.kill('SIGKILL'), exitSeconds * 1_000)
  })
  process.on('SIGUSR2', () => void (child ?? start()))
  process.on('SIGHUP', () => {
    if (!child) return start()
    again = true
    child.kill('SIGKILL')
  })
  // A test that was ended in the middle has taken its folder away.
  setInterval(() => {
    if (existsSync(folder)) return
    child?.kill('SIGKILL')
    process.exit()
  }, 500)
  if (plist.RunAtLoad || plist.KeepAlive) start()
  else note({})
}

if (command !== 'keep') appendFileSync(join(folder, 'calls.log'), `${[command, ...args].join(' ')}\n`)
if (commands[command]) await commands[command](args)
else end(64, `Unrecognized subcommand: ${command}`)
