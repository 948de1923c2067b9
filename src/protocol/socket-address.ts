// The limit that a Unix socket's address sets to the path of the control socket, for both of its ends.
import { TraseError } from '../errors.ts'

/** Bytes of `sun_path` without the terminating zero: unix(7), and <sys/un.h> of macOS. */
const pathBytesMax = (platform: NodeJS.Platform): number => (platform === 'linux' ? 107 : 103)

/**
 * Node cuts a longer path off instead of refusing it.
 * @throws TraseError `socket_path_too_long`
 */
export function checkSocketAddress(path: string, platform: NodeJS.Platform): void {
  const bytes = Buffer.byteLength(path)
  const max = pathBytesMax(platform)
  if (bytes <= max) return
  throw new TraseError('socket_path_too_long', `the control socket's path has ${bytes} bytes, ${max} at most: ${path}`)
}
