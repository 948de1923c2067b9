// The keys of launchd.plist(5), with the types of their values: what a plist of ours may have.

type Plain = 'string' | 'boolean' | 'integer'

/** What a value may be: a plain type, a list of one, a dictionary with any keys, one with known keys, or one of several. */
export type KeyType =
  | Plain
  | readonly ['list', KeyType]
  | readonly ['dictionary', KeyType]
  | readonly ['either', ...KeyType[]]
  | readonly ['oneOf', ...string[]]
  | { readonly [key: string]: KeyType }

const resourceLimits = {
  Core: 'integer',
  CPU: 'integer',
  Data: 'integer',
  FileSize: 'integer',
  MemoryLock: 'integer',
  NumberOfFiles: 'integer',
  NumberOfProcesses: 'integer',
  ResidentSetSize: 'integer',
  Stack: 'integer',
} as const

const calendar = {
  Minute: 'integer',
  Hour: 'integer',
  Day: 'integer',
  Weekday: 'integer',
  Month: 'integer',
} as const

const socket = {
  SockType: ['oneOf', 'stream', 'dgram', 'seqpacket'],
  SockPassive: 'boolean',
  SockNodeName: 'string',
  SockServiceName: ['either', 'string', 'integer'],
  SockFamily: ['oneOf', 'IPv4', 'IPv6', 'IPv4v6', 'Unix'],
  SockProtocol: ['oneOf', 'TCP', 'UDP'],
  SockPathName: 'string',
  SecureSocketWithKey: 'string',
  SockPathOwner: 'integer',
  SockPathGroup: 'integer',
  SockPathMode: 'integer',
  Bonjour: ['either', 'boolean', 'string', ['list', 'string']],
  MulticastGroup: 'string',
} as const

/** `inetdCompatibility`, `LaunchEvents`, `MachServices` and what is deprecated are left out: nothing of ours may have them. */
const launchdKeys: Readonly<Record<string, KeyType>> = {
  Label: 'string',
  Disabled: 'boolean',
  UserName: 'string',
  GroupName: 'string',
  LimitLoadToHosts: ['list', 'string'],
  LimitLoadFromHosts: ['list', 'string'],
  LimitLoadToSessionType: ['either', 'string', ['list', 'string']],
  LimitLoadToHardware: ['dictionary', ['list', 'string']],
  LimitLoadFromHardware: ['dictionary', ['list', 'string']],
  Program: 'string',
  BundleProgram: 'string',
  ProgramArguments: ['list', 'string'],
  EnableGlobbing: 'boolean',
  EnableTransactions: 'boolean',
  EnablePressuredExit: 'boolean',
  KeepAlive: [
    'either',
    'boolean',
    {
      SuccessfulExit: 'boolean',
      PathState: ['dictionary', 'boolean'],
      OtherJobEnabled: ['dictionary', 'boolean'],
      Crashed: 'boolean',
      AfterInitialDemand: 'boolean',
    },
  ],
  RunAtLoad: 'boolean',
  RootDirectory: 'string',
  WorkingDirectory: 'string',
  EnvironmentVariables: ['dictionary', 'string'],
  Umask: ['either', 'integer', 'string'],
  ExitTimeOut: 'integer',
  ThrottleInterval: 'integer',
  InitGroups: 'boolean',
  WatchPaths: ['list', 'string'],
  QueueDirectories: ['list', 'string'],
  StartOnMount: 'boolean',
  StartInterval: 'integer',
  StartCalendarInterval: ['either', calendar, ['list', calendar]],
  StandardInPath: 'string',
  StandardOutPath: 'string',
  StandardErrorPath: 'string',
  Debug: 'boolean',
  WaitForDebugger: 'boolean',
  SoftResourceLimits: resourceLimits,
  HardResourceLimits: resourceLimits,
  Nice: 'integer',
  ProcessType: ['oneOf', 'Background', 'Standard', 'Adaptive', 'Interactive'],
  AbandonProcessGroup: 'boolean',
  LowPriorityIO: 'boolean',
  LowPriorityBackgroundIO: 'boolean',
  MaterializeDatalessFiles: 'boolean',
  LaunchOnlyOnce: 'boolean',
  SessionCreate: 'boolean',
  LegacyTimers: 'boolean',
  AssociatedBundleIdentifiers: ['either', 'string', ['list', 'string']],
  Sockets: ['dictionary', ['either', socket, ['list', socket]]],
}

/** What is wrong with a job, one line for each key that is not documented or has another type; Label and a program must be there. */
export function faultsOf(job: unknown): readonly string[] {
  const faults = faultsAt('', job, launchdKeys)
  const keys = typeof job === 'object' && job !== null ? Object.keys(job) : []
  if (!keys.includes('Label')) faults.push('no Label')
  if (!keys.includes('Program') && !keys.includes('ProgramArguments')) faults.push('no program')
  return faults
}

function faultsAt(path: string, value: unknown, type: KeyType): string[] {
  if (typeof type === 'string') return isPlain(value, type) ? [] : [`${path} is no ${type}`]
  if (!isTuple(type)) return isDictionary(value) ? faultsIn(path, value, type) : [`${path} is no dictionary`]
  const [kind, ...rest] = type
  if (kind === 'oneOf') return rest.some((word) => word === value) ? [] : [`${path} is none of its words`]
  const types = rest as readonly KeyType[] // what stands behind the other kinds
  if (kind === 'either') {
    const tried = types.map((each) => faultsAt(path, value, each))
    return tried.some((faults) => faults.length === 0) ? [] : tried.flat()
  }
  const [each = 'string'] = types
  if (kind === 'list') {
    return Array.isArray(value)
      ? value.flatMap((item, index) => faultsAt(`${path}[${index}]`, item, each))
      : [`${path} is no list`]
  }
  return isDictionary(value)
    ? Object.entries(value).flatMap(([key, item]) => faultsAt(`${path}.${key}`, item, each))
    : [`${path} is no dictionary`]
}

function faultsIn(path: string, value: object, known: { readonly [key: string]: KeyType }): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const type = known[key]
    const name = path === '' ? key : `${path}.${key}`
    return type === undefined ? [`${name} is not documented`] : faultsAt(name, item, type)
  })
}

const isTuple = (type: KeyType): type is Extract<KeyType, readonly unknown[]> => Array.isArray(type)

const isDictionary = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isPlain(value: unknown, type: Plain): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}
