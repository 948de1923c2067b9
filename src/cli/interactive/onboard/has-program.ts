// Whether a program is there to be offered: looked for as a shell does.
import { access, constants } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { errnoOf } from '../../../errors.ts'
import type { Environment } from '../../../host.ts'

export async function hasProgram(env: Environment, name: string): Promise<boolean> {
  for (const folder of (env['PATH'] ?? '').split(':').filter(isAbsolute)) {
    try {
      await access(join(folder, name), constants.X_OK)
      return true
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
    }
  }
  return false
}
