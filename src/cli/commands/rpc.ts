// `rpc METHOD [JSON]`: one call on the control socket, for scripts and for whatever has no command of its own.
import type { Command } from 'commander'
import { messageOf, TraseError } from '../../errors.ts'
import { addHelpNote } from '../help-note.ts'
import type { Act, Context } from '../context.ts'
import { given } from '../option-values.ts'
import { readToEnd } from '../read-secret.ts'

/** Methods whose parameters hold a secret: an argument would show it to every user of the machine. */
const secretMethods: ReadonlySet<string> = new Set(['env.set', 'credentials.add', 'login.submit'])

interface Issue {
  readonly path: string
  readonly message: string
}

const methodsHint = 'docs/reference/rpc.md has what each method takes'

export function registerRpc(program: Command, act: Act): void {
  const command = program
    .command('rpc')
    .description('call a method of the control socket and print its result as JSON')
    .argument('<method>', 'such as gateway.status')
    .argument('[params]', 'a JSON object, or - to read it from standard input')
    .action((method: string, params: string | undefined) => act((context) => runRpc(context, method, params)))
  addHelpNote(command, ['Subscriptions have a command of their own: traseai audit log -f --json'])
}

export async function runRpc(context: Context, method: string, params: string | undefined): Promise<number> {
  const { io } = context
  if (params !== undefined && params !== '-' && secretMethods.has(method)) {
    throw new TraseError(
      'usage',
      `the parameters of ${method} hold a secret, which every user of this machine can see in arguments`,
      {
        hint: `hand them in on standard input: traseai rpc ${method} - < params.json`,
      },
    )
  }
  const parsed = parseParams(params === '-' ? await readToEnd(io.stdin) : (params ?? '{}'))
  const gateway = await context.gateway()
  try {
    io.line(JSON.stringify(await gateway.callAny(method, parsed), null, 2))
    return 0
  } catch (error) {
    throw inWords(error, method)
  }
}

/** JSON-RPC has fixed messages for a wrong method and wrong parameters; here they say which. */
function inWords(error: unknown, method: string): unknown {
  if (!(error instanceof TraseError) || error.code !== 'usage') return error
  const { data, hint } = error
  const issues = data?.['issues']
  if (Array.isArray(issues)) {
    const words = (issues as Issue[]).map(({ path, message }) => (path ? `${path}: ${message}` : message)) // as the contract's refusals have them
    const what = `wrong parameters for ${method}: ${words.join('; ')}`
    return new TraseError('usage', what, { hint: methodsHint, ...given({ data }) })
  }
  if (error.message !== 'Method not found') return error
  return new TraseError('usage', `there is no method ${method}`, given({ hint }))
}

function parseParams(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The text may hold a secret, and the parser's message quotes it.
    const place = /position \d+/.exec(messageOf(error))?.[0] ?? 'some position'
    throw new TraseError('usage', `the parameters are not JSON: syntax error at ${place}`, {
      hint: `traseai rpc audit.log '{"limit": 5}'`,
    })
  }
}
