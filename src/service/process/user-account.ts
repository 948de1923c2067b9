// The users of this machine, wherever it keeps them: what getpwnam(3) says of a name.
import koffi from 'koffi'

export interface UserAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Where the user's own home directory is. */
  readonly directory: string
}

/** The beginning of struct passwd, <pwd.h>: three fields of macOS lie before the directory. */
const beginning = { pw_name: 'str', pw_passwd: 'str', pw_uid: 'uint32_t', pw_gid: 'uint32_t' } as const
const between = {
  darwin: { pw_change: 'long', pw_class: 'str' },
  others: {},
} as const

/** Null when there is no such user. */
export function findUser(name: string, platform: NodeJS.Platform): UserAccount | null {
  const passwd = koffi.struct({
    ...beginning,
    ...(platform === 'darwin' ? between.darwin : between.others),
    pw_gecos: 'str',
    pw_dir: 'str',
    pw_shell: 'str',
  })
  const getpwnam = koffi.load(null).func('getpwnam', koffi.pointer(passwd), ['str']) as (name: string) => unknown // koffi types every function as any
  const found = getpwnam(name)
  if (found === null) return null
  const entry = koffi.decode(found, passwd) as { pw_name: string; pw_uid: number; pw_gid: number; pw_dir: string } // as declared above
  return { name: entry.pw_name, uid: entry.pw_uid, gid: entry.pw_gid, directory: entry.pw_dir }
}
