// Exchanges two folders in one step, so that there is no moment at which a name leads to neither.
import koffi from 'koffi'

type Rename = (from: string, to: string) => number

/** renameat2(2): relative paths begin where the process is, and both names change places. */
const workingFolder = -100
const exchange = 2
/** renamex_np(2): RENAME_SWAP. */
const swap = 2
/** What a file system or kernel says that cannot do it: ENOSYS, EINVAL, EOPNOTSUPP of Linux, ENOTSUP of macOS. */
const unsupported: ReadonlySet<number> = new Set([38, 22, 95, 45])

/**
 * False when this system cannot; nothing has changed then.
 * @throws Error what the system says otherwise, with its number
 */
export function swapFolders(platform: NodeJS.Platform, left: string, right: string): boolean {
  const rename = renameOf(platform)
  if (rename === null) return false
  if (rename(left, right) === 0) return true
  const errno = koffi.errno()
  if (unsupported.has(errno)) return false
  throw new Error(`${left} and ${right} could not be exchanged (errno ${errno})`)
}

/** Null where the C library has no such function, such as an older musl. koffi types every function as any. */
function renameOf(platform: NodeJS.Platform): Rename | null {
  try {
    const libc = koffi.load(null)
    if (platform === 'darwin') {
      const renamex = libc.func('int renamex_np(str from, str to, uint flags)') as (...values: unknown[]) => number
      return (from, to) => renamex(from, to, swap)
    }
    const signature = 'int renameat2(int fromFolder, str from, int toFolder, str to, uint flags)'
    const renameat2 = libc.func(signature) as (...values: unknown[]) => number
    return (from, to) => renameat2(workingFolder, from, workingFolder, to, exchange)
  } catch (error) {
    if (error instanceof Error) return null // koffi's "Cannot find function" has no code
    throw error
  }
}
