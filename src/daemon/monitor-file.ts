// What the monitor told while no gateway could: monitor.json in the home, so that neither of them tells it again.
import { join } from 'node:path'
import * as z from 'zod'
import type { ToldNotice } from '../domain/entities.ts'
import { jsonOrNull } from '../domain/json-record.ts'
import type { Notices } from '../domain/notice.ts'
import type { Host } from '../host.ts'
import { readWarily } from '../read-warily.ts'
import { writePrivateFile } from '../sources/write-private-file.ts'

const bytesMax = 1_000_000
/** Matters remembered; of more the ones that were told last. */
const toldMax = 500

const moment = z.int()
const shape = z.object({
  version: z.literal(1),
  told: z.array(
    z.object({
      key: z.string().max(1_000),
      kind: z.string().max(100),
      until: moment.nullable(),
      channels: z.record(z.string(), z.object({ firstAt: moment, lastAt: moment, times: moment })),
    }),
  ),
})

/** Nothing for a file that is not there or not of this form: then something may be told once more. Never rejects. */
export async function readMonitorFile(host: Pick<Host, 'paths'>): Promise<Notices> {
  const file = await readWarily(pathOf(host), bytesMax)
  if (file.kind !== 'file') return {}
  const parsed = shape.safeParse(jsonOrNull(file.bytes.toString('utf8')))
  return parsed.success ? Object.fromEntries(parsed.data.told.map((each) => [each.key, each])) : {}
}

/** @throws TraseError `disk_full`, `cannot_create` */
export async function writeMonitorFile(host: Host, told: readonly ToldNotice[]): Promise<void> {
  const kept = told.toSorted((a, b) => lastAt(b) - lastAt(a)).slice(0, toldMax)
  const entries = kept.map(({ key, kind, until, channels }) => ({ key, kind, until, channels }))
  await writePrivateFile(host, pathOf(host), `${JSON.stringify({ version: 1, told: entries }, null, 2)}\n`)
}

function lastAt({ channels }: ToldNotice): number {
  return Math.max(0, ...Object.values(channels).map((each) => each.lastAt))
}

function pathOf({ paths }: Pick<Host, 'paths'>): string {
  return join(paths.home, 'monitor.json')
}
