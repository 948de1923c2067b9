// The provider of the gateway's benches: short answers from nginx, which is never what limits, and event streams from Node.
import { fileURLToPath } from 'node:url'
import { nginxPath, startNginx } from './nginx.mjs'
import { freePort, startListening } from './processes.mjs'

const providerPath = fileURLToPath(new URL('provider-process.mjs', import.meta.url))

const answer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'y'.repeat(760) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 120, completion_tokens: 200, total_tokens: 320 },
})

/** What a provider says beside its answer. */
const answerHeaders = {
  'x-request-id': 'req_0123456789',
  'openai-processing-ms': '412',
  'x-ratelimit-limit-requests': '5000',
  'x-ratelimit-remaining-requests': '4999',
  'x-ratelimit-limit-tokens': '800000',
  'x-ratelimit-remaining-tokens': '799000',
  'x-ratelimit-reset-requests': '12ms',
  'x-ratelimit-reset-tokens': '75ms',
}

/** Answers of 1 kB to whatever is asked: nginx, or Node without it. */
export async function startAnswers(folder, cores) {
  if (!nginxPath()) {
    const port = await freePort()
    return { port, by: 'node', ...(await startProvider(port, 'answers', cores)) }
  }
  const headers = Object.entries(answerHeaders).map(([name, value]) => `add_header ${name} "${value}";`)
  // The head's buffer takes whole requests, so that one is read before it is answered.
  const httpOf = (port) => `server { listen 127.0.0.1:${port} backlog=4096; client_header_buffer_size 128k;
    client_max_body_size 50m; location / { default_type application/json; ${headers.join(' ')} return 200 '${answer}'; } }`
  return { by: 'nginx', ...(await startNginx(folder, 'answers', { workers: 1, cores, httpOf })) }
}

/** Event streams from a Node process of their own. */
export async function startStreams(cores) {
  const port = await freePort()
  return { port, ...(await startProvider(port, 'streams', cores)) }
}

const startProvider = (port, kind, cores) =>
  startListening([process.execPath, providerPath, kind, String(port), answer], port, { cores })
