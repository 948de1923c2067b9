// `gateway uninstall`: takes back what `gateway install` did.
import type { Command } from 'commander'
import type { Act } from '../../context.ts'
import { loadInteractive } from '../../interactive-bundle.ts'
import { systemFlag } from './install.ts'
import { nowFlag } from './stop.ts'

export function registerGatewayUninstall(gateway: Command, act: Act): void {
  gateway
    .command('uninstall')
    .description('stop the gateway and remove what install wrote; keys and settings stay')
    .option(...systemFlag)
    .option(...nowFlag)
    .action(({ system = false, now = false }: { readonly system?: boolean; readonly now?: boolean }) =>
      act(async (context) => {
        const { uninstallService } = await loadInteractive(context)
        return uninstallService(context, { scope: system ? 'system' : 'user', now })
      }),
    )
}
