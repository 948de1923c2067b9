// npm run demo: the main job in a temporary home, with a stand-in provider on this machine whose first key is rate limited.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../bin/traseai.js', import.meta.url))
const keys = {
  first: 'sk-demo-first-key-0000000001',
  second: 'sk-demo-second-key-000000002',
  third: 'sk-demo-third-key-0000000003',
}
const colour = process.stdout.isTTY && !process.env.NO_COLOR

const say = (text) => console.log(colour ? `\n\u001b[1m# ${text}\u001b[0m` : `\n# ${text}`)
const shown = (command) => console.log(colour ? `\u001b[2m$ ${command}\u001b[0m` : `$ ${command}`)

/** A provider that answers as OpenAI does; it has had enough of the first key. */
async function openStandIn() {
  const server = createServer((request, response) => {
    request.resume()
    const key = (request.headers.authorization ?? '').replace('Bearer ', '')
    const limited = key === keys.first
    const body = limited
      ? { error: { message: 'Rate limit reached for requests', type: 'requests', code: 'rate_limit_exceeded' } }
      : {
          id: 'demo',
          object: 'chat.completion',
          choices: [
            {
              index: 0,
              finish_reason: 'stop',
              message: { role: 'assistant', content: 'Hello from the stand-in provider.' },
            },
          ],
        }
    response.writeHead(limited ? 429 : 200, {
      'content-type': 'application/json',
      ...(limited ? { 'retry-after': '45' } : {}),
    })
    response.end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }
}

/** Runs the real CLI; its standard output comes back, and is shown unless it is meant for a variable. */
async function traseai(environment, args, { quiet = false } = {}) {
  if (!quiet) shown(`traseai ${args.join(' ')}`)
  const child = spawn(process.execPath, [cli, ...args], {
    env: environment,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'ignore' : 'inherit'],
  })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`traseai ${args.join(' ')} ended with status ${status}`)
  return output.trim()
}

async function ask(url, token) {
  shown('curl $OPENAI_BASE_URL/chat/completions -H "authorization: Bearer $TOKEN" -d …')
  const response = await fetch(`${url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo-model', messages: [{ role: 'user', content: 'Hello?' }] }),
  })
  const answer = await response.json()
  console.log(`HTTP ${response.status}: ${answer.choices?.[0].message.content ?? JSON.stringify(answer)}`)
  console.log(
    `x-traseai-profile: ${response.headers.get('x-traseai-profile')}   x-traseai-attempts: ${response.headers.get('x-traseai-attempts')}`,
  )
}

async function untilKnown(environment, profileId) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const listed = await traseai(environment, ['models', 'auth', 'list', '--json'], { quiet: true })
    if (listed.includes(profileId)) return
    await delay(20)
  }
  throw new Error(`${profileId} was not taken up`)
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), 'traseai-demo-'))
  const home = join(folder, 'home')
  const provider = await openStandIn()
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    TRASEAI_HOME: home,
    ...(process.env.TERM ? { TERM: process.env.TERM } : {}),
    ...(colour ? {} : { NO_COLOR: '1' }),
  }
  try {
    await mkdir(home, { mode: 0o700 })
    await writeFile(join(home, '.env'), `OPENAI_API_KEY=${keys.first}\nOPENAI_API_KEY_2=${keys.second}\n`, {
      mode: 0o600,
    })
    await writeFile(
      join(home, 'traseai.json'),
      JSON.stringify({ models: { providers: { openai: { baseUrl: provider.url } } }, gateway: { port: 0 } }),
      { mode: 0o600 },
    )

    say('A clean home with two keys in .env. The provider has had enough of the first one.')
    await traseai(environment, ['gateway', 'start'])
    const { http } = JSON.parse(await traseai(environment, ['gateway', 'status', '--json'], { quiet: true }))
    const token = await traseai(environment, ['clients', 'issue', 'demo'], { quiet: true })

    say('A request: the first key is refused with 429, the second one serves it. The program sees only the answer.')
    await ask(http, token)

    say('The next request does not try the first key again: it is cooling until the reset the provider stated.')
    await ask(http, token)

    say('A third key is written to .env while the gateway runs.')
    shown('echo OPENAI_API_KEY_3=… >> .env')
    await appendFile(join(home, '.env'), `OPENAI_API_KEY_3=${keys.third}\n`)
    await untilKnown(environment, 'openai:OPENAI_API_KEY_3')
    await traseai(environment, ['models', 'status'])

    say('What happened, newest first. It is an append-only log: nothing in it can be changed or removed.')
    await traseai(environment, ['audit', 'log'])
  } finally {
    await traseai(environment, ['gateway', 'stop'], { quiet: true }).catch((error) => console.error(error.message))
    provider.close()
    await rm(folder, { recursive: true, force: true })
  }
  say('Done; nothing was left behind. Start your own: npm start')
}

await main()
