// The text of every page in docs/reference, made from the code that it describes.
import type { Check } from '../src/doctor/check.ts'
import { checks } from '../src/doctor/checks.ts'
import { errorCatalogue } from '../src/errors.ts'
import { eventTable } from '../src/domain/events.ts'
import { gatewayErrors } from '../src/gateway/gateway-errors.ts'
import { type MetricDeclaration, metricTable } from '../src/gateway/metrics/table.ts'
import { fixedVariables } from '../src/domain/key-variables.ts'
import { openAiEndpoints, openAiSide } from '../src/domain/openai-endpoints.ts'
import { builtInProviders } from '../src/domain/provider-table.ts'
import type { Provider } from '../src/domain/provider.ts'
import { contract, notifications } from '../src/protocol/contract.ts'
import { lineBytesMax } from '../src/protocol/line-framing.ts'
import { cliPage } from './reference-cli.ts'
import { configurationPage } from './reference-configuration.ts'
import { describeType } from './reference-types.ts'

/** File name in docs/reference -> Markdown. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'cli.md': page('Command line', cliPage()),
    'configuration.md': page('Configuration', configurationPage()),
    'doctor.md': page('Doctor', doctorPage()),
    'errors.md': page('Errors', errorsPage()),
    'events.md': page('Events', eventsPage()),
    'metrics.md': page('Metrics', metricsPage()),
    'providers.md': page('Providers', providersPage()),
    'rpc.md': page('JSON-RPC', rpcPage()),
  }
}

function page(title: string, body: string): string {
  return `# ${title}\n\n<!-- Generated from the code by \`npm run docs\`; a test fails when it is stale. -->\n\n${body.trim()}\n`
}

function rpcPage(): string {
  const intro = `JSON-RPC 2.0 over the Unix socket \`control.sock\`: one JSON value a line (UTF-8), at most ${lineBytesMax.toLocaleString('en-US')} bytes a line; batches and notifications as the
specification says. Only the gateway's own user (and root) is answered. Errors of the program have a positive code, \`data.code\` (see
[errors](errors.md)) and mostly \`data.hint\`. Parameters that do not fit are -32602 with \`data.issues\`.

\`traseai rpc METHOD [JSON]\` calls any of them.`
  const methods = Object.entries(contract).map(
    ([name, method]) =>
      `## ${name}\n\n${method.summary}\n\n- parameters: ${describeType(method.params)}\n- result: ${describeType(method.result)}`,
  )
  const sent = Object.entries(notifications).map(
    ([name, notification]) =>
      `### ${name}\n\n${notification.summary}\n\n- parameters: ${describeType(notification.params)}`,
  )
  return [intro, ...methods, '## Notifications', ...sent].join('\n\n')
}

function eventsPage(): string {
  const intro = `Every event has the envelope \`{position, stream, version, type, schema, at, actor, cause, data}\`. \`position\` is 1, 2, 3 … without gaps; \`version\` counts within a stream;
\`schema\` is the version of the event's data, and past versions stay readable. No event ever holds a secret.`
  const events = Object.entries(eventTable).map(
    ([name, event]) =>
      `## ${name}\n\n${event.summary}\n\n- data (version ${event.schema}): ${describeType(event.data)}`,
  )
  return [intro, ...events].join('\n\n')
}

function metricsPage(): string {
  const rows = Object.values<MetricDeclaration>(metricTable).map(
    ({ name, type, help, labels }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  return `What \`/metrics\` counts; [usage, metrics and the log](../usage.md) says how to read it. A histogram has the samples \`_bucket\` (with \`le\`), \`_sum\` and \`_count\`. A label that is empty is left out.

| name | type | labels | what it is |
|---|---|---|---|
${rows.join('\n')}`
}

function doctorPage(): string {
  const rows = Object.entries<Check>(checks).map(([code, { title, about, where }]) => {
    return `| \`${code}\` | ${title} | ${about} | ${where === 'live' ? 'yes' : ''} |`
  })
  return `What \`traseai doctor\` looks at; [what is wrong?](../troubleshooting.md) says how to use it. A check that needs a running gateway is left out when none runs and none can be started. Each has five
seconds.

| code | what should be so | what is looked at | needs a gateway |
|---|---|---|---|
${rows.join('\n')}`
}

function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([name, error]) =>
      `| \`${name}\` | ${error.rpcCode} | ${error.exitStatus} | ${error.summary} | ${'hint' in error ? error.hint : ''} |`,
  )
  const overHttp = Object.entries(gatewayErrors).map(
    ([name, error]) => `| \`${name}\` | ${error.status} | ${error.meaning} |`,
  )
  return `A failure has the same name everywhere: \`data.code\` in a JSON-RPC error, \`error.code\` with \`--json\`, and an exit status of the CLI after sysexits(3).

| name | JSON-RPC code | exit status | what it means | what to do |
|---|---|---|---|---|
${rows.join('\n')}

## Of the HTTP gateway

What the gateway itself refuses comes in the error shape of the provider that was asked, with \`error.traseai.code\` beside it.

| code | HTTP status | what it means |
|---|---|---|
${overHttp.join('\n')}`
}

function atEntry(provider: Provider): string {
  const { paths } = openAiSide(provider)
  return openAiEndpoints
    .filter((endpoint) => paths[endpoint] !== null)
    .map((endpoint) => `\`${endpoint}\``)
    .join(', ')
}

function providersPage(): string {
  const rows = builtInProviders.map((provider) => {
    const fixed = fixedVariables(provider).map(({ name }) => name)
    const variables = [
      ...fixed.filter((name) => !provider.fallbackVariables.includes(name)),
      `${provider.envPrefix}_API_KEY_*`,
      ...provider.fallbackVariables,
    ]
    return `| \`${provider.id}\` | ${provider.name} | \`${provider.baseUrl}\` | \`${provider.auth}\` | ${variables.map((name) => `\`${name}\``).join(', ')} | \`/${provider.id}${provider.sdk.path}\` | ${atEntry(provider)} |`
  })
  return `Built in; \`models.providers\` in [traseai.json](configuration.md) changes them and adds others. \`/<provider>/<path>\` on the gateway goes to the endpoint and \`/<path>\`. The last column has the paths of the
[OpenAI-compatible entry](../requests.md) that lead to the provider.

| id | provider | endpoint | key goes in | variables | base URL for SDKs | at \`/v1\` |
|---|---|---|---|---|---|---|
${rows.join('\n')}`
}
