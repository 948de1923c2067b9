// What launchctl prints of a job, read with care: its own lines, and not those of what it belongs to.
import { describe, expect, it } from 'vitest'
import { isDisabled, readPrintedJob } from '../../src/service/launchd/printed-job.ts'
import { launchdState } from '../../src/service/launchd/job-state.ts'

/** As macOS prints it; the coalition has a state and a pid of its own. */
const printed = (...lines: readonly string[]): string =>
  [
    'gui/501/ai.traseai.gateway = {',
    '\tactive count = 1',
    '\tpath = /Users/ada/Library/LaunchAgents/ai.traseai.gateway.plist',
    ...lines.map((line) => `\t${line}`),
    '\tenvironment = {',
    '\t\tstate = nonsense',
    '\t}',
    '\tjetsam coalition = {',
    '\t\tID = 1235',
    '\t\tstate = active',
    '\t\tpid = 1',
    '\t}',
    '}',
  ].join('\n')

const looked = (...lines: readonly string[]): ReturnType<typeof launchdState> =>
  launchdState({
    job: readPrintedJob(printed(...lines)),
    isInstalled: true,
    isDisabled: false,
    hasDomain: true,
    isAnswering: true,
  })

describe('a printed job', () => {
  it('is read at its own level', () => {
    expect(
      readPrintedJob(printed('state = running', 'pid = 4711', 'runs = 2', 'last exit code = (never exited)')),
    ).toEqual({
      state: 'running',
      pid: 4711,
      runs: 2,
      lastExitCode: null,
      lastEnd: null,
    })
  })

  it('runs although the run before ended badly', () => {
    expect(looked('state = running', 'pid = 4711', 'last exit code = 75: EX_TEMPFAIL')).toMatchObject({
      activity: 'running',
      pid: 4711,
      why: null,
    })
  })

  it.each([
    [['state = not running', 'last exit code = 0'], 'stopped', null],
    [['state = not running', 'last exit code = (never exited)'], 'stopped', null],
    [['state = waiting', 'last exit code = 0'], 'stopped', null],
    [['state = exited', 'last exit code = 78: EX_CONFIG'], 'failed', 'it ended with exit code 78 (EX_CONFIG)'],
    [['state = not running', 'last exit code = 1'], 'failed', 'it ended with exit code 1'],
    [['state = not running', 'last terminating signal = Killed: 9'], 'failed', 'it ended with Killed: 9'],
    [
      ['state = spawn scheduled', 'last exit reason = OS_REASON_CODESIGNING'],
      'failed',
      'it ended with OS_REASON_CODESIGNING, and is started again soon',
    ],
    [['state = SIGTERMed', 'pid = 7'], 'stopping', null],
    [['state = languishing', 'pid = 7'], 'stopping', null],
  ] as const)('%j is %s', (lines, activity, why) => {
    expect(looked(...lines)).toMatchObject({ activity, why })
  })

  it('of another form than the known ones is nothing that anybody could be told of', () => {
    expect(readPrintedJob('unrecognised format\n')).toEqual({
      state: null,
      pid: null,
      runs: null,
      lastExitCode: null,
      lastEnd: null,
    })
  })

  it('starts while nobody answers', () => {
    const job = readPrintedJob(printed('state = running', 'pid = 4711'))
    const known = { job, isInstalled: true, isDisabled: false, hasDomain: true, isAnswering: false }
    expect(launchdState(known)).toMatchObject({ activity: 'starting', why: null })
  })
})

describe('print-disabled', () => {
  it('lists what somebody disabled, in the words of either macOS', () => {
    const output =
      '\n\tdisabled services = {\n\t\t"a" => disabled\n\t\t"b" => enabled\n\t\t"c" => true\n\t\t"d" => false\n\t}\n'
    expect(['a', 'b', 'c', 'd', 'e'].map((label) => isDisabled(output, label))).toEqual([
      true,
      false,
      true,
      false,
      false,
    ])
  })
})
