// References: where a secret is, in place of the secret. `env:NAME`, `file:/path` and `exec:/program arguments` are parsed and looked up here.
import { variableNamePattern } from '../domain/key-variables.ts'
import { holdsKey } from '../domain/keys-in-text.ts'
import { referenceCharactersMax } from '../domain/profiles-file.ts'
import { quoted, TraseError } from '../errors.ts'
import type { Host } from '../host.ts'
import { referencedFileReader, type ReferencedText } from './reference-file.ts'
import { runReferencedProgram } from './reference-program.ts'
import { openProgramSlots } from './program-slots.ts'
import { splitCommand } from './reference-words.ts'
import { unfitAloneBecause } from './secret-operations.ts'
import { Secret } from './secret.ts'

export type Reference = { readonly text: string } & (
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'exec'; readonly program: string; readonly args: readonly string[] }
)

/** Side by side, for all who ask; a password manager is a program, and two thousand of them would be two thousand. */
export const programsMax = 4
/** At 10 s each at most, the last of them waits for 80 s. */
const programsWaitingMax = 32

const forms = 'env:NAME, file:/path or exec:/path/of/a/program and its arguments'

/**
 * The reference that a text is.
 * @throws TraseError `usage` for another text, and for one with something in it that could be a key
 */
export function parseReference(text: string): Reference {
  // Before anything that would show it.
  if (holdsKey(text)) {
    throw new TraseError('usage', 'the reference has something in it that could be a key', {
      hint: 'a reference is shown and kept in the history: name the place where the key is, not the key',
    })
  }
  if (text.length > referenceCharactersMax || !/^[^\p{Cc}]*$/u.test(text)) {
    throw new TraseError('usage', `a reference is one line of at most ${referenceCharactersMax} characters`)
  }
  const [, kind, rest = ''] = /^(env|file|exec):(.*)$/.exec(text) ?? []
  switch (kind) {
    case 'env':
      if (!variableNamePattern.test(rest)) throw refusal(text, 'names no variable', 'such as env:ANTHROPIC_KEY')
      return { kind, text, name: rest }
    case 'file':
      if (!rest.startsWith('/')) throw refusal(text, 'names no absolute path', 'such as file:/run/secrets/anthropic')
      return { kind, text, path: rest }
    case 'exec': {
      const [program = '', ...args] = splitCommand(rest)
      if (program.startsWith('/')) return { kind, text, program, args }
      throw refusal(text, 'names no program by its absolute path', 'such as exec:/usr/bin/pass show anthropic')
    }
    default:
      throw refusal(text, 'is no reference', `expected ${forms}`)
  }
}

export interface References {
  /**
   * What a reference leads to now, owned by the caller. Settles within 10 s, whatever is there; a program first waits for
   * its turn, whoever asks for it.
   * @throws TraseError `reference_failed` with the reason, which shows nothing of the secret; `busy` when too many wait
   */
  resolve(reference: Reference): Promise<Secret>
  /** Ends the programs that are running. */
  close(): void
}

export function openReferences(host: Pick<Host, 'env' | 'setTimer' | 'spawn' | 'killGroup'>): References {
  const readFile = referencedFileReader(host)
  const closing = new AbortController()
  const programs = openProgramSlots(programsMax, programsWaitingMax)

  async function clearText(reference: Reference): Promise<ReferencedText> {
    switch (reference.kind) {
      case 'env': {
        const text = host.env[reference.name]
        return text === undefined
          ? { ok: false, reason: "is not set in the gateway's environment" }
          : { ok: true, text }
      }
      case 'file':
        return readFile(reference.path)
      case 'exec':
        return programs.run(() => runReferencedProgram(host, reference, closing.signal))
    }
  }

  return {
    async resolve(reference) {
      const answer = await clearText(reference)
      if (!answer.ok) throw failure(reference, answer.reason)
      // An editor and `echo` end a file with one.
      const secret = new Secret(answer.text.replace(/\r?\n$/, ''))
      const reason = unfitAloneBecause(secret)
      if (reason === null) return secret
      secret.drop()
      throw failure(reference, `gave a value that ${reason}`)
    },
    close: () => closing.abort(),
  }
}

const hints = {
  env: 'set it where the gateway is started, and restart it: traseai gateway restart',
  file: 'mend the file; what is stored already is looked up again by: traseai gateway reload',
  exec: 'try it as the user that the gateway runs as; what is stored already is looked up again by: traseai gateway reload',
} as const satisfies Record<Reference['kind'], string>

/** `reason` completes "<reference> …". */
function failure({ kind, text }: Reference, reason: string): TraseError {
  return new TraseError('reference_failed', `${text} ${reason}`, { hint: hints[kind] })
}

function refusal(text: string, why: string, hint: string): TraseError {
  return new TraseError('usage', `${quoted(text)} ${why}`, { hint })
}
