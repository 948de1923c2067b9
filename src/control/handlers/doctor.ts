// The handler of the doctor's one method.
import type { Handlers } from '../handler.ts'

export const doctorHandlers = {
  'doctor.run': ({ fix = false, caller = null }, { deps }) => deps.diagnose({ fix, caller }),
} as const satisfies Handlers<'doctor.run'>
