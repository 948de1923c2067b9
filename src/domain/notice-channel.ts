// The channels over which people are told, as `notify` of traseai.json lists them, and the name of each.
import type { MatterKind } from './matter.ts'
import { parseQuietHours, type QuietHours } from './quiet-hours.ts'

interface CommonSettings {
  readonly name?: string | undefined
  /** `22:00-07:00`; see quiet-hours.ts. */
  readonly quietHours?: string | undefined
  /** Nothing but these; all without it. */
  readonly only?: readonly MatterKind[] | undefined
}

export type ChannelSettings = CommonSettings &
  (
    | {
        readonly kind: 'ntfy'
        readonly url: string
        readonly tokenFile?: string | undefined
        readonly click?: string | undefined
      }
    | { readonly kind: 'webhook'; readonly url: string; readonly tokenFile?: string | undefined }
    | { readonly kind: 'exec'; readonly command: readonly string[] }
    | { readonly kind: 'desktop' }
  )

export type ChannelKind = ChannelSettings['kind']
export type ChannelOf<K extends ChannelKind> = Extract<ChannelSettings, { kind: K }>

/** `name` is what the history calls it: its address may be a secret. */
export interface Channel {
  readonly name: string
  readonly settings: ChannelSettings
}

/** Without a `name` of its own a channel is called after its kind, a further one `ntfy-2`. */
export function namedChannels(list: readonly ChannelSettings[]): Channel[] {
  const taken = new Set(list.flatMap(({ name }) => name ?? []))
  return list.map((settings) => {
    const name = settings.name ?? freeName(settings.kind, taken)
    taken.add(name)
    return { name, settings }
  })
}

function freeName(kind: ChannelKind, taken: ReadonlySet<string>): string {
  let name: string = kind
  for (let count = 2; taken.has(name); count += 1) name = `${kind}-${count}`
  return name
}

/** Whether a channel is for matters of this kind. */
export function wants({ settings }: Channel, kind: string): boolean {
  return settings.only === undefined || settings.only.some((each) => each === kind)
}

/** When it keeps silent; null when it never does. */
export function quietHoursOf({ settings }: Channel): QuietHours | null {
  return parseQuietHours(settings.quietHours ?? '')
}
