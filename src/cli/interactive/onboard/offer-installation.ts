// The last question of onboarding: whether the gateway should be started by the system, where that can be done for this user.
import { TraseError } from '../../../errors.ts'
import { managerOf, serviceOfHome } from '../../../service/service-of-home.ts'
import type { Context } from '../../context.ts'
import { canInstall } from '../../installed.ts'
import type { Questions } from '../questions/questions.ts'
import { install, unseenNote } from '../service/install.ts'

/** @returns whether a service runs the gateway now. Not asked of root, whose service would better be one of the machine. @throws Interrupted */
export async function offerInstallation(context: Context, questions: Questions): Promise<boolean> {
  const { host } = context
  if ((await serviceOfHome(host)) !== null) return true
  if (host.uid === 0 || !(await canInstall(host))) return false
  const manager = managerOf(host.platform)
  const question = `Have ${manager} start the gateway when you log in, and keep it running (traseai gateway install)?`
  if (!(await questions.confirm(question, true))) return false
  try {
    const { pid, unit, change, unseen } = await install(context, { scope: 'user', runAs: null, monitor: true })
    questions.done(`${unit} runs (pid ${pid}), and looks at your keys every half hour`)
    for (const advice of change.advice) questions.item(advice)
    for (const name of unseen) questions.warn(unseenNote(name).replace('note: ', ''))
    return true
  } catch (error) {
    if (!(error instanceof TraseError)) throw error
    questions.failed(`not installed: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`)
    return false
  }
}
