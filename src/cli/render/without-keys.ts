// Takes keys out of what the CLI says about a command line: one that was typed in the wrong place should not be shown once more.

/** The beginnings that the providers of the table, and our own tokens, give their keys. */
const keys = /\b(sk-|sk_|AIza|gsk_|xai-|pplx-|hf_|nvapi-|csk-|fw_|tgp_|ghp_|github_pat_|trase_)[\w-]{12,}/g

/** `sk-ant-api03-…` becomes `sk-…`. */
export function withoutKeys(text: string): string {
  return text.replaceAll(keys, '$1…')
}
