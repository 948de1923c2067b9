// `gateway install`: has the service manager of this machine start the gateway, and keep it running.
import type { Command } from 'commander'
import { TraseError } from '../../../errors.ts'
import type { Act } from '../../context.ts'
import { loadInteractive } from '../../interactive-bundle.ts'

interface InstallWords {
  readonly system?: boolean
  readonly runAs?: string
  readonly monitor: boolean
}

export const systemFlag = ['--system', 'for this machine instead of for this user; needs root'] as const

export function registerGatewayInstall(gateway: Command, act: Act): void {
  gateway
    .command('install')
    .description('have systemd or launchd start the gateway and keep it running; again: update what was installed')
    .option(...systemFlag)
    .option('--run-as <user>', 'with --system: the user it runs as (default: one that systemd makes for it)')
    .option('--no-monitor', 'without the check of the credentials every half hour')
    .action(({ system = false, runAs, monitor }: InstallWords) =>
      act(async (context) => {
        if (runAs !== undefined && !system) {
          throw new TraseError('usage', '--run-as is for a service of the machine', {
            hint: 'add --system; a service of yours runs as you',
          })
        }
        const { installService } = await loadInteractive(context)
        return installService(context, { scope: system ? 'system' : 'user', runAs: runAs ?? null, monitor })
      }),
    )
}
