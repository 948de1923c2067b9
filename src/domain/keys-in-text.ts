// Finds keys in texts that should hold none: one that was typed in the wrong place must not be shown or kept.
import { clientTokenPrefix } from './client-token.ts'
import { keyPrefixes } from './key-shape-table.ts'

/** `sk-` first, so that no more than that is left of a key. */
const beginnings = ['sk-', 'sk_', ...keyPrefixes, clientTokenPrefix].map((prefix) => prefix.replaceAll('.', '\\.'))
/** With more behind it than anybody types by chance. */
const keys = new RegExp(`\\b(${beginnings.join('|')})[\\w-]{12,}`, 'g')

/** Letters and digits mixed at this length are random; a name for people has words in it. */
const randomRun = /(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{32,}/g
/** The ids of entries in password managers look random and are none: 8-4-4-4-12 hexadecimal digits. RFC 9562, section 4. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** `sk-ant-api03-…` becomes `sk-…`. */
export function withoutKeys(text: string): string {
  return text.replaceAll(keys, '$1…')
}

/** True for a text with something in it that is, or could be, a key. */
export function holdsKey(text: string): boolean {
  return withoutKeys(text) !== text || (text.match(randomRun) ?? []).some((run) => !uuid.test(run))
}

/** Names have dashes between their words; so this much without one, digits and letters mixed, is no name. */
const randomWord = /(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{32,}/

/** True for the name of a credential or an agent that could be a key: names stay in the history for ever. */
export function isKeyAsName(name: string): boolean {
  return withoutKeys(name) !== name || randomWord.test(name)
}

/** What another program said, so that it can be shown: no key of a known shape, nothing that looks random. */
export function withoutSecrets(text: string): string {
  return withoutKeys(text).replaceAll(randomRun, (run) => (uuid.test(run) ? run : '…'))
}
