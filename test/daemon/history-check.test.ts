// The daily look at the database, with a clock in hand and a real thread.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openConditions } from '../../src/daemon/conditions.ts'
import { openHistoryCheck } from '../../src/daemon/history-check.ts'
import { realHost } from '../../src/host.ts'
import { connectDatabase } from '../../src/storage/connect-database.ts'
import { projectRoot, startGateway } from '../support/gateway-process.ts'
import { openManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

test('damage is a matter from the next look on, and no longer once it is mended', async () => {
  const gateway = await startGateway()
  await gateway.kill9()
  const clock = openManualClock()
  const real = realHost({ env: { TRASEAI_HOME: gateway.home } })
  const warnings: string[] = []
  const log = { ...real.log, error: (_fields: object, message: string) => void warnings.push(message) }
  const host = { ...clock, paths: real.paths, log }
  const conditions = openConditions(host)
  const database = connectDatabase(real.paths.database)
  const guard = database
    .prepare("SELECT sql FROM sqlite_schema WHERE name = 'events_refuse_update'")
    .pluck()
    .get() as string // the migration has made it
  database.exec('DROP TRIGGER events_refuse_update')
  const check = openHistoryCheck({ host, packageRoot: projectRoot, conditions })
  await clock.advance(15 * minuteMs - 1)
  expect(conditions.current()).toEqual([])
  await clock.advance(1)
  await until(() => conditions.current().length > 0)
  expect(conditions.current()).toMatchObject([
    {
      key: 'history_check_failed',
      kind: 'history_check_failed',
      message: 'the guard events_refuse_update of the event log is gone',
    },
  ])
  expect(warnings).toEqual(['the guard events_refuse_update of the event log is gone'])
  database.exec(guard)
  await clock.advance(dayMs - 1)
  expect(conditions.current()).toHaveLength(1)
  await clock.advance(1)
  await until(() => conditions.current().length === 0)
  await check.close()
  database.close()
  await gateway.removeHome()
})

test('a database that cannot be looked at now is no finding', async () => {
  const clock = openManualClock()
  const real = realHost({ env: { TRASEAI_HOME: join(projectRoot, 'nowhere') } })
  const said: string[] = []
  const log = { ...real.log, debug: (_fields: object, message: string) => void said.push(message) }
  const host = { ...clock, paths: real.paths, log }
  const conditions = openConditions(host)
  const check = openHistoryCheck({ host, packageRoot: projectRoot, conditions })
  await clock.advance(15 * minuteMs)
  await until(() => said.length > 0)
  expect([said, conditions.current()]).toEqual([['the database could not be looked over'], []])
  await check.close()
})
