// What a client's token looks like, so that nobody takes one for a provider's key.

export const clientTokenPrefix = 'trase_'

/**
 * True for a token of this or another gateway. Shells that `shellenv` has set up hold one where a provider's key would
 * be; a gateway started from such a shell must neither use it as a key nor send it to a provider.
 */
export function isClientToken(text: string): boolean {
  return text.trim().startsWith(clientTokenPrefix)
}
