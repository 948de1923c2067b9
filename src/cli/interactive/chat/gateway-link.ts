// The way of a chat to its gateway: a connection, and a token that is bound to it; both are made anew after a restart of the gateway.
import type { CallOptions, GatewayClient } from '../../../client/connect.ts'
import { messageOf, TraseError } from '../../../errors.ts'
import type { Method, Params, Result, WireEvent } from '../../../protocol/contract.ts'
import { httpOf } from '../../client-environment.ts'
import type { Context } from '../../context.ts'

export interface HttpAccess {
  /** `http://host:port` */
  readonly http: string
  readonly token: string
}

export interface GatewayLink {
  /** @throws TraseError what the gateway answers; `gateway_unreachable` when it has gone and not come back */
  call<M extends Method>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>>
  /** Where requests go, and the token for them. */
  access(): Promise<HttpAccess>
  /** The next `access` gets another token: somebody has revoked this one. */
  forgetToken(): void
  /** Revokes the token. */
  close(): Promise<void>
}

interface Connection {
  readonly client: GatewayClient
  access: Promise<HttpAccess & { readonly name: string }> | null
}

/** @param onEvent hears what happens to credentials from now on */
export function openGatewayLink(context: Context, onEvent: (event: WireEvent) => void): GatewayLink {
  const { host, io } = context
  let current: Promise<Connection> | null = null
  let isFirst = true

  function connection(): Promise<Connection> {
    if (current) return current
    const connecting = connect()
    const forget = (): void => {
      if (current === connecting) current = null
    }
    current = connecting
    connecting.then(({ client }) => void client.ended.then(forget), forget)
    return connecting
  }

  async function connect(): Promise<Connection> {
    // One that has gone away since was stopped by somebody, and is not started again behind their back.
    const connecting = isFirst ? context.gateway() : context.runningGateway()
    const client = await connecting
    isFirst = false
    await client.subscribe({}, onEvent)
    return { client, access: null }
  }

  async function issue(client: GatewayClient): Promise<HttpAccess & { readonly name: string }> {
    const http = httpOf(await client.call('models.status', {}))
    const name = `chat-${host.pid}-${host.randomBytes(4).toString('hex')}`
    const { token } = await client.call('clients.issue', { name, bound: true })
    return { http, token, name }
  }

  /** A gateway that was restarted is there again; whatever the call was about had not begun. */
  async function withConnection<T>(work: (made: Connection) => Promise<T>): Promise<T> {
    const made = await connection()
    try {
      return await work(made)
    } catch (error) {
      if (!(error instanceof TraseError) || error.code !== 'connection_lost') throw error
      await made.client.ended
      return work(await connection())
    }
  }

  function access(made: Connection): Promise<HttpAccess> {
    const issued = (made.access ??= issue(made.client))
    issued.catch(() => (made.access = null))
    return issued
  }

  return {
    call: (method, params, options) => withConnection(({ client }) => client.call(method, params, options)),
    access: () => withConnection(access),
    forgetToken: () => void current?.then((made) => (made.access = null)),
    async close() {
      const made = await current
      const issued = await made?.access
      if (!made || !issued) return
      try {
        await made.client.call('clients.revoke', { name: issued.name })
      } catch (error) {
        if (error instanceof TraseError && ['not_found', 'connection_lost'].includes(error.code)) return
        io.note(`note: the token could not be revoked (${messageOf(error)}); it ends with this process`)
      }
    },
  }
}
