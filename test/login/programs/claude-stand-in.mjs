// Stands in for `claude setup-token` in what the real one cannot be made to do: `node claude-stand-in.mjs BEHAVIOUR FOLDER`.
// FOLDER is where it notes what it got; its name also marks the processes of one test.
import { spawn } from 'node:child_process'
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const [, self, behaviour, folder] = process.argv
const token = `sk-ant-oat01-test-${'Made_up-'.repeat(10)}-madeupAA`
const address = (state) =>
  `https://sign-in.test/cai/oauth/authorize?code=true&client_id=stand-in&response_type=code&scope=user%3Ainference&code_challenge=${'challenge'.repeat(5)}&state=${state}`

const write = (text) => process.stdout.write(text.replaceAll('\n', '\r\n'))
const raw = () => process.stdin.setRawMode(true)
const note = (name, text) => appendFileSync(join(folder, name), text)

function prompt(state, edge = 1_000) {
  const rows = address(state)
    .match(new RegExp(`.{1,${edge}}`, 'g'))
    .join('\n')
  write(`\x1b[2J\x1b[HBrowser didn't open? Use the url below to sign in\n\n${rows}\n\n\nPaste code here if prompted > `)
}

/** What is typed up to Enter, which must come by itself: together with text it is taken for something pasted. */
async function line() {
  let text = ''
  for (;;) {
    const key = await new Promise((resolve) => process.stdin.once('data', (data) => resolve(data.toString())))
    if (key === '\r') return text
    text += key
    write('*'.repeat(key.length))
  }
}

function success(text = token) {
  write(
    `\x1b[2J\x1b[H ✓ Long-lived authentication token created successfully!\n\n Your OAuth token (valid for 1 year):\n\n ${text}`,
  )
}
const afterwords = () => write('\n\n Store this token securely.\n')

async function signIn(show = () => success()) {
  raw()
  prompt('state-1')
  note('codes', `${await line()}\n`)
  show()
}

const behaviours = {
  async usual() {
    writeFileSync(join(folder, 'environment'), JSON.stringify(process.env))
    writeFileSync(join(folder, 'working-directory'), JSON.stringify([process.cwd(), ...readdirSync('.')]))
    await signIn()
    afterwords()
  },
  async refuses() {
    raw()
    for (let attempt = 1; ; attempt += 1) {
      prompt(`state-${attempt}`)
      const code = await line()
      if (code === 'right') break
      write(`\x1b[2J\x1b[H OAuth error: ${code} is not it\n\n Press Enter to retry.\n`)
      await line()
      write('\x1b[2J\x1b[H Retrying…\n')
    }
    success()
    afterwords()
  },
  async crashes() {
    write('Something is very wrong\n')
    process.exit(3)
  },
  async 'crashes with what was typed'() {
    prompt('state-1')
    // Not raw: the terminal shows what is typed, and hands it over with Enter.
    const code = await new Promise((resolve) => process.stdin.once('data', (data) => resolve(data.toString().trim())))
    write(`\n\n\n\nno idea what ${code} is\nsk-ant-oat01-${'x'.repeat(10)}\n`)
    process.kill(process.pid, 'SIGABRT')
  },
  hangs: () => delay(1_000_000),
  async 'gives no token'() {
    await signIn(() => success('(not shown)'))
    afterwords()
  },
  async 'asks something new'() {
    raw()
    prompt('state-1')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    write('\x1b[2J\x1b[HChoose your organisation\n\n  1. Acme\n  2. Umbrella\n\nPress a number')
    await line()
    note('entered', '')
    await delay(1_000_000)
  },
  async 'thinks it has 80 columns'() {
    raw()
    prompt('state-1', 80)
    await line()
    success(token.match(/.{1,60}/g).join('\n '))
    afterwords()
  },
  async 'is slow'() {
    raw()
    const shown = `Use the url below\n\n${address('state-1')}\n\n\nPaste code here if prompted > `
    for (const piece of shown.match(/[^]{1,23}/g)) {
      write(piece)
      await delay(5)
    }
    await line()
    write('\x1b[2J\x1b[H Your OAuth token (valid for 1 year):\n\n ')
    for (const piece of token.match(/.{1,7}/g)) {
      write(piece)
      await delay(5)
    }
    afterwords()
  },
  async 'stops in the middle of the token'() {
    await signIn(() => success(token.slice(0, 60)))
    await delay(1_000_000)
  },
  async 'is killed in the middle of the token'() {
    await signIn(() => success(token.slice(0, 60)))
    await delay(50) // so that the terminal has it
    process.kill(process.pid, 'SIGKILL')
  },
  async 'ends right behind the token'() {
    await signIn()
  },
  async 'ignores signals'() {
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, () => {})
    prompt('state-1')
    await delay(1_000_000)
  },
  async 'leaves children'() {
    const child = spawn(process.execPath, [self, 'ignores signals', folder], { stdio: 'inherit' })
    note('children', `${child.pid}\n`)
    await signIn()
    afterwords()
    process.exit(0)
  },
  async 'writes without end'() {
    for (;;)
      if (!write(`${'noise '.repeat(1_000)}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  },
}

await behaviours[behaviour]()
process.exit(0)
