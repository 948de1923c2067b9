// Every metric of /metrics, declared once: its name, what it counts, and its labels. The page and the reference take it from here.

export interface MetricDeclaration {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets, without the infinite one. */
  readonly buckets?: readonly number[]
}

/** Of a refusal in milliseconds, a chat answer in seconds, a long stream in minutes. */
const requestSeconds = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/**
 * The names that begin with `gen_ai` are OpenTelemetry's, with its recommended buckets, as its exporters write them for Prometheus: dots are
 * underscores, and units other than a count are part of the name (opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics).
 */
const generation = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model']

export const metricTable = {
  requests: {
    name: 'traseai_http_requests_total',
    type: 'counter',
    help: 'Requests by how they ended.',
    labels: ['provider', 'outcome'],
  },
  requestSeconds: {
    name: 'traseai_http_request_duration_seconds',
    type: 'histogram',
    help: 'From the request to the last byte of its answer.',
    labels: ['provider'],
    buckets: requestSeconds,
  },
  inFlight: {
    name: 'traseai_http_requests_in_flight',
    type: 'gauge',
    help: 'Requests being served.',
    labels: [],
  },
  waiting: {
    name: 'traseai_http_requests_waiting',
    type: 'gauge',
    help: 'Requests that wait for a credential to be usable again.',
    labels: [],
  },
  waitedSeconds: {
    name: 'traseai_http_waited_seconds_total',
    type: 'counter',
    help: 'Time that requests have waited for a credential to be usable again.',
    labels: ['provider'],
  },
  attempts: {
    name: 'traseai_http_attempts_total',
    type: 'counter',
    help: 'Attempts by credential and result.',
    labels: ['provider', 'profile', 'result'],
  },
  switches: {
    name: 'traseai_http_switches_total',
    type: 'counter',
    help: 'Times that a request went on to another credential.',
    labels: ['provider'],
  },
  credentials: {
    name: 'traseai_credentials',
    type: 'gauge',
    help: 'Credentials by what they can be used for now.',
    labels: ['provider', 'status'],
  },
  logPosition: {
    name: 'traseai_log_position',
    type: 'gauge',
    help: 'Position of the newest event of the history.',
    labels: [],
  },
  logLinesLost: {
    name: 'traseai_log_lines_lost_total',
    type: 'counter',
    help: 'Lines of the log that were not written because too many waited for the disk.',
    labels: [],
  },
  operationSeconds: {
    name: 'gen_ai_client_operation_duration_seconds',
    type: 'histogram',
    help: 'Duration of model requests; error_type is the status or the outcome of one that failed.',
    labels: [...generation, 'error_type'],
    buckets: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  },
  firstTokenSeconds: {
    name: 'gen_ai_server_time_to_first_token_seconds',
    type: 'histogram',
    help: 'From the request to the first content of a successful answer.',
    labels: generation,
    buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  tokens: {
    name: 'gen_ai_client_token_usage',
    type: 'histogram',
    help: 'Tokens of model requests, as their providers count them.',
    labels: [...generation, 'gen_ai_token_type'],
    buckets: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  },
  build: {
    name: 'traseai_build_info',
    type: 'gauge',
    help: 'The version that runs, always 1.',
    labels: ['version'],
  },
  startedAt: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the gateway was started, in seconds since 1970.',
    labels: [],
  },
  cpuSeconds: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'Time of all processors that the gateway has used.',
    labels: [],
  },
  residentBytes: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Memory that the gateway holds.',
    labels: [],
  },
  heapBytes: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: "Of it, in use in JavaScript's heap.",
    labels: [],
  },
  loopActiveSeconds: {
    name: 'nodejs_eventloop_active_seconds_total',
    type: 'counter',
    help: 'Time in which the event loop did not wait: its rate is 1 when there is no time left.',
    labels: [],
  },
} as const satisfies Record<string, MetricDeclaration>
