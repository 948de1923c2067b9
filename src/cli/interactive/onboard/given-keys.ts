// Reads the keys that the command line names: from files and standard input, checked before anything is written.
import { readPasted } from '../../../domain/key-shape.ts'
import { builtInProviders, findProvider } from '../../../domain/provider-table.ts'
import { quoted, TraseError } from '../../../errors.ts'
import type { Context } from '../../context.ts'
import type { GivenKey } from '../../interactive-bundle.ts'
import { readToEnd } from '../../read-secret.ts'
import type { FoundKey } from './found-key.ts'
import { readUserFile } from './places/user-file.ts'
import { typedKey } from './plan.ts'

/** @throws TraseError `not_found` for an unknown provider or a file that is not there, `file_unreadable`, `value_refused` */
export async function readGivenKeys({ io }: Pick<Context, 'io'>, given: readonly GivenKey[]): Promise<FoundKey[]> {
  const providers = given.map(({ provider }) => findProvider(builtInProviders, provider))
  const keys: FoundKey[] = []
  for (const [index, { kind, file }] of given.entries()) {
    const provider = providers[index]
    if (!provider) continue
    const pasted = readPasted(
      file === null ? await readToEnd(io.stdin) : await textOf(file),
      provider,
      builtInProviders,
    )
    const where = file ?? 'standard input'
    if ('refused' in pasted) {
      throw new TraseError('value_refused', `the key of ${provider.name} from ${where} ${pasted.refused}`, {
        hint: pasted.hint,
      })
    }
    for (const note of pasted.notes) io.note(`note: ${where}: ${note}`)
    keys.push({
      ...typedKey(provider.id, pasted.kind ?? kind, pasted.value),
      origins: [{ tool: 'given', place: where }],
    })
  }
  return keys
}

async function textOf(path: string): Promise<string> {
  const file = await readUserFile(path)
  if (file === null) throw new TraseError('not_found', `there is no file ${quoted(path)}`)
  if ('problem' in file) throw new TraseError('file_unreadable', `${quoted(path)} ${file.problem}`)
  return file.text
}
