// What each kind of channel sends, and what it makes of an answer: real servers and programs.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { postNotice } from '../../src/daemon/notice-post.ts'
import type { ChannelSettings } from '../../src/domain/notice-channel.ts'
import { composeNotice, testNotice } from '../../src/domain/notice-text.ts'
import type { Due } from '../../src/domain/notice-watch.ts'
import { type Host, realHost } from '../../src/host.ts'
import { deliver } from '../../src/notify/deliver.ts'
import type { Delivery } from '../../src/notify/delivery.ts'
import { defaultConfiguration } from '../../src/sources/configuration-schema.ts'
import { matter } from '../support/matters.ts'
import { type NoticeServer, openNoticeServer } from '../support/notice-server.ts'
import { noon } from '../support/story.ts'

let server: NoticeServer
let home: string
let host: Host

beforeAll(async () => {
  server = await openNoticeServer()
  home = await mkdtemp(join(tmpdir(), 'traseai-notify-'))
  await mkdir(join(home, 'bin'))
  const env = { TRASEAI_HOME: home, HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` }
  host = realHost({ env: { ...env, ANTHROPIC_API_KEY: 'sk-ant-test-hidden', LANG: 'C.UTF-8' } })
})

afterAll(async () => {
  await server.close()
  await rm(home, { recursive: true, force: true })
})

const due = (kind: 'expired' | 'expiring', more: Partial<Due> = {}): Due => ({
  matter: matter(kind, { until: kind === 'expiring' ? noon + 3_600_000 : null }),
  isReminder: false,
  overAt: null,
  ...more,
})
const notice = composeNotice([due('expiring'), due('expired')], 'here')

function over(settings: ChannelSettings, what = notice): Promise<Delivery> {
  const upstream = defaultConfiguration().gateway.upstream
  const post = (request: Parameters<typeof postNotice>[1]) => postNotice({ host, settings: () => upstream }, request)
  return deliver({ host, post }, { name: 'x', settings }, what)
}

/** A program that writes down what it was told, in the home. */
async function program(name: string, script: string): Promise<string> {
  const path = join(home, 'bin', name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

test('ntfy gets title, priority, tags and click in headers, and the text as the body', async () => {
  await writeFile(join(home, 'token'), 'tk_test\n')
  const settings = {
    kind: 'ntfy',
    url: `${server.url}/topic?up=1`,
    tokenFile: 'token',
    click: 'https://a.test/x',
  } as const
  expect(await over(settings)).toEqual({ ok: true })
  expect(server.taken.at(-1)).toMatchObject({
    path: '/topic?up=1',
    headers: {
      title: 'TraseAI: expired title, and 1 more',
      priority: '4',
      tags: 'rotating_light,expired,expiring',
      click: 'https://a.test/x',
      authorization: 'Bearer tk_test',
      'content-type': 'text/plain; charset=utf-8',
    },
    body: 'expired message.\ndo this\n\nexpiring message.\ndo this\n\n(TraseAI on here)',
  })
})

test('a webhook gets the notice as JSON', async () => {
  expect(await over({ kind: 'webhook', url: `${server.url}/hook` })).toEqual({ ok: true })
  const { headers, body } = server.taken.at(-1) ?? { headers: {}, body: '' }
  expect(headers['content-type']).toBe('application/json')
  expect(JSON.parse(body)).toEqual(notice)
  expect(notice).toMatchObject({
    version: 1,
    host: 'here',
    severity: 'error',
    matters: [
      { kind: 'expired', severity: 'error', until: null, reminder: false, overSince: null },
      { kind: 'expiring', severity: 'warning', until: '2026-01-15T13:00:00.000Z' },
    ],
  })
})

test('a name and a password in the address are sent as such', async () => {
  await over({ kind: 'webhook', url: server.url.replace('//', '//me:p%40ss@') })
  expect(server.taken.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
})

test.each([
  [500, {}, { reason: 'it answered HTTP 500', isLasting: false }],
  [404, {}, { reason: 'it answered HTTP 404: nothing is at that address', isLasting: true }],
  [403, {}, { isLasting: true }],
  [429, { 'retry-after': '90' }, { isLasting: false, retryAfterMs: 90_000 }],
  [302, { location: 'https://elsewhere.test/' }, { reason: 'it answered HTTP 302', isLasting: true }],
  [200, { 'content-type': 'text/html' }, { reason: 'a web page answered in its place' }],
] as const)('an answer of HTTP %i with %j is told as such', async (status, headers, expected) => {
  server.answerWith(status, headers)
  expect(await over({ kind: 'ntfy', url: `${server.url}/secret-topic` })).toMatchObject({ ok: false, ...expected })
  server.answerWith(200)
})

test('nobody at the address is told with the host alone', async () => {
  await server.goAway()
  const delivery = await over({ kind: 'ntfy', url: `${server.url}/secret-topic` })
  const { host: authority } = new URL(server.url)
  expect(delivery).toEqual({ ok: false, reason: `${authority} cannot be reached: connection refused (ECONNREFUSED)` })
  await server.comeBack()
})

test.each([
  ['nowhere', 'its tokenFile is not there'],
  ['bin', 'its tokenFile is a directory'],
  ['empty', 'its tokenFile is empty'],
  ['odd', 'its tokenFile holds no token: blanks or other signs are in it'],
])('without a token in %s nothing is sent', async (tokenFile, reason) => {
  await writeFile(join(home, 'empty'), '\n')
  await writeFile(join(home, 'odd'), 'two words\n')
  const before = server.attempts.length
  const settings = { kind: 'webhook', url: server.url, tokenFile } as const
  expect(await over(settings)).toEqual({ ok: false, reason, isLasting: true })
  expect(server.attempts).toHaveLength(before)
})

test('a program gets the text as its last argument, JSON on its standard input, and no key', async () => {
  const path = await program('tell', `printf '%s|' "$@" > ${home}/args; cat > ${home}/stdin; env > ${home}/env`)
  expect(await over({ kind: 'exec', command: [path, '--title', 'two words $HOME'] })).toEqual({ ok: true })
  expect(await readFile(join(home, 'args'), 'utf8')).toBe(`--title|two words $HOME|${notice.title}\n\n${notice.text}|`)
  expect(JSON.parse(await readFile(join(home, 'stdin'), 'utf8'))).toEqual(notice)
  const env = await readFile(join(home, 'env'), 'utf8')
  expect(env).toContain('LANG=C.UTF-8')
  expect(env).not.toMatch(/sk-ant-test|TRASEAI/)
})

test('a program is found by its name, and one that does not read its input is no failure', async () => {
  await program('deaf', 'exec 0<&-; exit 0')
  expect(await over({ kind: 'exec', command: ['deaf'] })).toEqual({ ok: true })
})

test('a program that fails says why, without an address', async () => {
  const path = await program('fails', 'echo "cannot post to https://hooks.test/secret" >&2; exit 3')
  expect(await over({ kind: 'exec', command: [path] })).toMatchObject({
    ok: false,
    reason: 'the program ended with status 3: cannot post to …',
  })
})

test.each(['no-such-program', '/no/such/program'])('a program that is not there is told: %s', async (name) => {
  expect(await over({ kind: 'exec', command: [name] })).toMatchObject({ ok: false, isLasting: true })
})

test('the desktop is told by notify-send, with what could be a mark made harmless', async () => {
  await program('notify-send', `printf '%s|' "$@" > ${home}/desktop`)
  const marked = { ...testNotice('here'), text: 'a <b> & c' }
  expect(await over({ kind: 'desktop' }, marked)).toEqual({ ok: true })
  expect(await readFile(join(home, 'desktop'), 'utf8')).toBe(
    '--app-name=TraseAI|--urgency=normal|--|TraseAI: a test|a &lt;b&gt; &amp; c|',
  )
})

test('on macOS it is told by osascript, and the texts are arguments of it', async () => {
  await program('osascript', `printf '%s|' "$@" > ${home}/desktop`)
  host = { ...host, platform: 'darwin' }
  const quoting = { ...testNotice('here'), text: 'a " quote' }
  expect(await over({ kind: 'desktop' }, quoting)).toEqual({ ok: true })
  expect(await readFile(join(home, 'desktop'), 'utf8')).toMatch(/\|end run\|TraseAI: a test\|a " quote\|$/)
})

test('a notice with more matters than there is room for says how many more there are', () => {
  const long = Array.from({ length: 300 }, (_, index) => ({
    ...due('expired'),
    matter: matter('expired', { key: `expired:${index}`, message: `number ${index} ${'x'.repeat(60)}` }),
  }))
  const { text, title, matters } = composeNotice(long, 'here')
  expect(title).toBe('TraseAI: expired title, and 299 more')
  expect(Buffer.byteLength(text)).toBeLessThan(4_096)
  expect(text).toMatch(/And 2\d\d more: traseai notify list/)
  expect(matters).toHaveLength(100)
})

test('a reminder and what is over say so', () => {
  const { title, text } = composeNotice([due('expired', { overAt: noon })], 'here')
  expect(title).toBe('TraseAI: over: expired title')
  expect(text).toContain('It is over, and was: expired message.')
  expect(composeNotice([due('expiring', { isReminder: true })], 'here').text).toMatch(/^Again: expiring message/)
})
