// The tools whose keys `onboard` can take, as `--import` calls them; where each keeps them is in interactive/onboard/places.

/** `env` stands for the variables of the caller's shell, `dotenv` for the .env of the home directory. */
export const importTools = [
  'env',
  'claude-code',
  'codex',
  'gemini-cli',
  'opencode',
  'aider',
  'llm',
  'openclaw',
  'continue',
  'huggingface',
  'dotenv',
] as const

export type ImportTool = (typeof importTools)[number]
