// Every check, declared once: its code, what holds when all is well, and what it looks at. Doctor, contract and reference take it from here.
import { checkHttp, checkPortFree, checkSocketPath, checkSocketServed } from './address-checks.ts'
import { checkSetAside } from './aside-check.ts'
import type { Check } from './check.ts'
import { checkClaude } from './claude-check.ts'
import { checkCopies } from './copies-check.ts'
import { checkAuthorities, checkConfiguration, checkListening } from './configuration-checks.ts'
import { checkCredentials } from './credential-checks.ts'
import { checkChanges, checkDatabase, checkHistory } from './database-checks.ts'
import {
  checkEnvBlanks,
  checkEnvCut,
  checkEnvDuplicates,
  checkEnvFile,
  checkEnvNames,
  checkKeyShapes,
} from './env-file-checks.ts'
import { checkSameKey, checkShadowed } from './environment-checks.ts'
import { checkCallerKeys, checkGateway, checkProgram } from './gateway-checks.ts'
import { checkFileModes, checkHome, checkLeftovers } from './home-checks.ts'
import { checkClock, checkClockSetBack, checkDisk, checkNode } from './machine-checks.ts'
import { checkChannels, checkNotices } from './notify-checks.ts'
import { checkProfilesFiles } from './profiles-check.ts'
import { checkServiceUnits } from './service-units-check.ts'
import { checkInstalledService } from './installed-service-check.ts'
import { checkVault } from './vault-checks.ts'

/** In the order in which findings are told. */
export const checks = {
  gateway: {
    where: 'live',
    title: 'the gateway runs, in the version of this command',
    about: 'Its version and since when it runs; when no gateway can be reached, why.',
    run: checkGateway,
  },
  program: {
    where: 'live',
    title: 'the gateway runs the program that is installed',
    about: 'Whether the program was replaced on the disk after the gateway started.',
    run: checkProgram,
  },
  caller_keys: {
    where: 'live',
    title: 'the gateway has the keys of your shell',
    about: 'Keys in the environment of the command that the gateway has not, or with another value.',
    run: checkCallerKeys,
  },
  credentials: {
    where: 'live',
    title: 'every provider in use has a credential that works',
    about:
      'The findings of `models status`: missing, expired, expiring, disabled or restricted credentials; rate limits of more than an hour.',
    run: checkCredentials,
  },
  home: {
    where: 'host',
    title: 'the home directory is yours alone',
    about: 'Its owner and mode (0700). `--fix` sets the mode.',
    run: checkHome,
  },
  file_modes: {
    where: 'host',
    title: 'every file in the home is yours alone',
    about: 'Owner and mode of everything in the home: 0600, directories 0700. `--fix` sets the modes.',
    run: checkFileModes,
  },
  leftovers: {
    where: 'host',
    title: 'no temporary file was left behind',
    about: 'Temporary files of ours that are older than an hour. `--fix` removes them.',
    run: checkLeftovers,
  },
  configuration: {
    where: 'host',
    title: 'traseai.json is in order',
    about: 'Syntax, unknown keys, wrong types, contradictions and open doors, each with its line.',
    run: checkConfiguration,
  },
  authorities: {
    where: 'host',
    title: 'every further certificate authority can be read',
    about: 'The files of `gateway.upstream.caFiles`.',
    run: checkAuthorities,
  },
  listening: {
    where: 'live',
    title: 'the gateway listens where traseai.json says',
    about: '`gateway.host` and `gateway.port`, which are taken up at a start only.',
    run: checkListening,
  },
  env_file: {
    where: 'host',
    title: 'every line of .env can be read',
    about: 'A file that cannot be used; lines that are no assignment; quotes that are not closed.',
    run: checkEnvFile,
  },
  env_duplicates: {
    where: 'host',
    title: 'no variable is set twice in .env',
    about: 'The last line of a variable counts. `--fix` removes an earlier one with the same value.',
    run: checkEnvDuplicates,
  },
  env_cut: {
    where: 'host',
    title: 'no value in .env is cut short by a #',
    about: 'An unquoted `#` begins a comment, also in the middle of a key.',
    run: checkEnvCut,
  },
  env_blanks: {
    where: 'host',
    title: 'no key in .env has blanks around it',
    about: 'The gateway takes them off, other readers of the file do not. `--fix` removes them.',
    run: checkEnvBlanks,
  },
  env_names: {
    where: 'host',
    title: 'every key in .env has a name that a provider reads',
    about: 'Variables that look like a key and are none, with the name that was most likely meant.',
    run: checkEnvNames,
  },
  key_shapes: {
    where: 'host',
    title: 'every key looks like one of its provider',
    about: "Keys of .env and of the environment that are another provider's, cut short, a placeholder, or in quotes.",
    run: checkKeyShapes,
  },
  env_shadowed: {
    where: 'host',
    title: 'no key in .env is hidden by the environment',
    about: 'Variables that the environment and .env give different values: the environment wins.',
    run: checkShadowed,
  },
  same_key: {
    where: 'host',
    title: 'no key is set under two names',
    about: 'The same key twice is one credential: there is nothing to move on to.',
    run: checkSameKey,
  },
  profiles_files: {
    where: 'live',
    title: 'every auth-profiles.json shows what is stored',
    about: 'Files that cannot be used or written, and parts of hand edits that could not be taken up.',
    run: checkProfilesFiles,
  },
  set_aside: {
    where: 'host',
    title: 'no broken file is kept aside',
    about: 'Files such as auth-profiles.json that nobody could use and that are kept beside the new one.',
    run: checkSetAside,
  },
  vault: {
    where: 'live',
    title: 'stored secrets can be opened',
    about: 'Whether the vault is unlocked, and who keeps its key.',
    run: checkVault,
  },
  database: {
    where: 'host',
    title: 'the database is whole',
    about: "Its header and length, SQLite's quick_check, the guards of the event log, and gaps in it; read only.",
    run: checkDatabase,
  },
  copies: {
    where: 'host',
    title: 'no other copy of the database is kept',
    about:
      'Copies from before an upgrade, which go by themselves after 30 days, and databases that a rollback has set aside, which stay.',
    run: checkCopies,
  },
  history: {
    where: 'live',
    title: 'what the gateway knows is what its history says',
    about: 'Folds the event log once more, up to 20,000 events, and compares.',
    run: checkHistory,
  },
  changes: {
    where: 'live',
    title: 'changes can be written',
    about:
      'Whether the disk took the last change. While it does not, requests go on, changes are refused, and the gateway tries by itself.',
    run: checkChanges,
  },
  socket_path: {
    where: 'host',
    title: 'the control socket can be where it is',
    about: 'The length of its path, its directory, and what lies there.',
    run: checkSocketPath,
  },
  socket: {
    where: 'live',
    title: 'the control socket is served',
    about: 'Whether its file is still there and leads to a gateway.',
    run: checkSocketServed,
  },
  http_port: {
    where: 'host',
    title: 'the gateway can listen on its HTTP address',
    about: 'When no gateway runs: whether one could listen there, and who does instead.',
    run: checkPortFree,
  },
  http: {
    where: 'live',
    title: 'the HTTP side answers',
    about: 'Whether the gateway can be reached at its HTTP address.',
    run: checkHttp,
  },
  service: {
    where: 'host',
    title: 'no unit of a service manager holds a key',
    about: 'systemd units and launchd plists named `traseai…`: whether they are enabled, and keys in `Environment=`.',
    run: checkServiceUnits,
  },
  service_installed: {
    where: 'host',
    title: 'the installed service is up to date, and can be started',
    about:
      'For a service of `gateway install`: whether its Node and program are still there, whether its units are those of this version and hold the address of traseai.json, linger, and why it has failed.',
    run: checkInstalledService,
  },
  channels: {
    where: 'host',
    title: 'every channel of notify has what it needs',
    about: 'The token files of `notify`, and the programs that it runs.',
    run: checkChannels,
  },
  notices: {
    where: 'live',
    title: 'every channel of notify took the last notice',
    about: 'Channels that failed, with the reason; the gateway tries them again by itself.',
    run: checkNotices,
  },
  claude: {
    where: 'host',
    title: 'claude can be run',
    about: 'Where Claude Code is, looked for as a sign-in does, and its version.',
    run: checkClaude,
  },
  clock: {
    where: 'host',
    title: 'the clock is not behind',
    about: 'Now against the moment at which the program was installed.',
    run: checkClock,
  },
  clock_set_back: {
    where: 'live',
    title: 'the clock was not set back',
    about: 'Now against the newest event.',
    run: checkClockSetBack,
  },
  disk: {
    where: 'host',
    title: 'the disk has room',
    about: 'Free space below the home (a warning under 100 MiB, an error under 10), and inodes.',
    run: checkDisk,
  },
  node: {
    where: 'host',
    title: 'this Node is one that the program was tried with',
    about: 'From the version in package.json to the newest that the tests run on.',
    run: checkNode,
  },
} as const satisfies Record<string, Check>
