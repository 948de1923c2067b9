// Secrets that can be recognised wherever they turn up, and the search for eight of their characters.
import { createHash } from 'node:crypto'

/** Characters in a row that count as a leak. */
const gramLength = 8

/** 64 characters that nothing else in the world has, behind the prefix that all keys of a kind share. */
function canary(name: string, prefix = 'sk-test-'): string {
  return `${prefix}${createHash('sha512').update(`canary ${name}`).digest('base64url').slice(0, 64)}`
}

const prefixes = /^(?:sk-ant-(?:api03|oat01)-|sk-test-|xai-)/
export const secrets = {
  'the key in .env': canary('env file'),
  'a key set by a command': canary('env set'),
  "a key of the gateway's environment": canary('process'),
  'a pasted API key': canary('api key', 'sk-ant-api03-').padEnd(108, 'A'),
  'a pasted token': canary('token', 'sk-ant-oat01-').padEnd(108, 'B'),
  'a rotated token': canary('rotated', 'sk-ant-oat01-').padEnd(108, 'C'),
  'a refused key': canary('refused', 'xai-').padEnd(84, 'D'),
  'a key over the socket': canary('socket'),
  'a key in a file': canary('file'),
  'an onboarded key': canary('onboarded'),
  'a passphrase': canary('passphrase'),
  'another passphrase': canary('another passphrase'),
  'a passphrase of a backup': canary('passphrase of a backup'),
  'a sign-in code': canary('code'),
  'the address of a channel': canary('address'),
  'the token of a channel': canary('channel token'),
} as const

/** Secrets that belong in a place. */
export type Allowed = readonly (keyof typeof secrets)[]

const grams = new Map<string, string>()
for (const [name, secret] of Object.entries(secrets)) {
  const body = secret.replace(prefixes, '').replace(/(.)\1{7,}$/, '')
  for (let i = 0; i + gramLength <= body.length; i += 1) grams.set(body.slice(i, i + gramLength), name)
}

/** The secrets of which eight characters are in a text, each with where. */
export function leaksIn(text: string, where: string, allowed: Allowed = []): string[] {
  const found = new Set<string>()
  for (let i = 0; i + gramLength <= text.length; i += 1) {
    const name = grams.get(text.slice(i, i + gramLength))
    if (name !== undefined && !(allowed as readonly string[]).includes(name)) found.add(`${name} in ${where}`)
  }
  return [...found]
}
