// Changes that cannot be written: told once, tried again without hurry, and told once more when it is over.
import { expect, test } from 'vitest'
import { openWriteTrouble } from '../../src/daemon/write-trouble.ts'
import { TraseError } from '../../src/errors.ts'
import { openManualClock } from '../support/manual-clock.ts'

const full = new TraseError('disk_full', 'the disk is full')
const readOnly = new TraseError('home_unwritable', 'the file system is read-only')

/** A disk that refuses with `refusal` until it is null, and whose every try is counted. */
function openRoom() {
  const clock = openManualClock()
  const told: string[] = []
  const changes: boolean[] = []
  const note = (fields: object, message: string): void => void told.push(`${message} ${JSON.stringify(fields)}`)
  const room = { refusal: full as TraseError | null, tries: [] as number[] }
  const trouble = openWriteTrouble({
    host: { ...clock, now: () => clock.monotonicMs(), log: { debug: note, info: note, warn: note, error: note } },
    async tryWriting() {
      room.tries.push(clock.monotonicMs())
      if (room.refusal) throw room.refusal
    },
  })
  trouble.onChange((now) => changes.push(now !== null))
  const write = () => trouble.watch(room.refusal ? Promise.reject(room.refusal) : Promise.resolve())
  return Object.assign(room, { clock, told, changes, trouble, write })
}

test('however many writes are refused, it is told once, and once more when one is taken', async () => {
  const { clock, told, changes, trouble, write } = openRoom()
  for (let writes = 0; writes < 50; writes += 1) await expect(write()).rejects.toBe(full)
  expect(trouble.current()).toMatchObject({ message: 'the disk is full', since: expect.any(Number) as number })
  await clock.advance(1_500)
  trouble.wrote()
  trouble.wrote()
  expect(told).toEqual([
    expect.stringMatching(/^changes cannot be written .*the disk is full/),
    'changes are written again {"afterMs":1500}',
  ])
  expect(changes).toEqual([true, false])
  expect(trouble.current()).toBeNull()
})

test('another reason is told as well, the same one no more', async () => {
  const room = openRoom()
  for (const refusal of [full, readOnly, full, readOnly]) {
    room.refusal = refusal
    await expect(room.write()).rejects.toBe(refusal)
  }
  expect(room.told).toHaveLength(2)
  expect(room.trouble.current()?.message).toBe('the file system is read-only')
})

test('what says nothing about the disk is no trouble', async () => {
  const room = openRoom()
  room.refusal = new TraseError('conflict', 'somebody was faster')
  await expect(room.write()).rejects.toThrow('faster')
  expect(room.trouble.current()).toBeNull()
})

test('it tries by itself after 1, 2 and then every 4 s, until it is over', async () => {
  const room = openRoom()
  await expect(room.write()).rejects.toBe(full)
  await room.clock.advance(20_000)
  expect(room.tries).toEqual([1_000, 3_000, 7_000, 11_000, 15_000, 19_000])
  room.refusal = null
  await room.clock.advance(4_000)
  expect(room.trouble.current()).toBeNull()
  await room.clock.advance(60_000)
  expect(room.tries).toHaveLength(7)
})

test('a disk that does not answer for 10 s is trouble, and its answer the end of it', async () => {
  const { clock, told, trouble } = openRoom()
  await trouble.watch(Promise.resolve())
  await clock.advance(5_000)
  let answer = (): void => {}
  const written = trouble.watch(new Promise<void>((resolve) => (answer = resolve)))
  await clock.advance(9_000)
  expect(told).toEqual([])
  await clock.advance(1_000)
  expect(trouble.current()?.message).toBe('the disk does not answer')
  answer()
  await written
  trouble.wrote()
  expect(told).toHaveLength(2)
})

test('after its end it neither tries nor tells', async () => {
  const room = openRoom()
  await expect(room.write()).rejects.toBe(full)
  room.trouble.close()
  await room.clock.advance(60_000)
  expect([room.tries, room.told.length]).toEqual([[], 1])
})
