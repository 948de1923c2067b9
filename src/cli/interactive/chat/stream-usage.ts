// Which providers say at the end of a stream how many tokens it took when they are asked to, and do not refuse a request that asks.

/** `stream_options` is in each one's reference; others refuse what they do not know, or say it unasked. */
const providers: ReadonlySet<string> = new Set([
  'anthropic', // platform.claude.com/docs/en/api/openai-sdk
  'openai', // platform.openai.com/docs/api-reference/chat/create
  'google', // ai.google.dev/gemini-api/docs/openai
  'openrouter', // openrouter.ai/docs/use-cases/usage-accounting
  'groq', // console.groq.com/docs/api-reference
  'xai', // docs.x.ai/docs/api-reference
  'deepseek', // api-docs.deepseek.com/api/create-chat-completion
  'together', // docs.together.ai/reference/chat-completions
  'fireworks', // docs.fireworks.ai/api-reference/post-chatcompletions
  'cerebras', // inference-docs.cerebras.ai/api-reference/chat-completions
  'moonshot', // platform.moonshot.ai/docs/api/chat
  'vercel-ai-gateway', // vercel.com/docs/ai-gateway/openai-compat
])

/** @param model `provider/model`; an alias hides its provider, which is then not asked */
export function streamsUsage(model: string): boolean {
  return providers.has(model.slice(0, Math.max(0, model.indexOf('/'))))
}
