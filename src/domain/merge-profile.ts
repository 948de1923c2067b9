// What somebody meant who edited one profile of an auth-profiles.json.
import { type ProfileId, profileIdPattern, providerIdPattern, providerOf } from './ids.ts'
import { isKeyAsName } from './keys-in-text.ts'
import type { Began, EditedProfile, Fault, Finding, ProfileEdit, ProfileValue } from './profiles-edit.ts'
import type { Profile } from './profiles-file.ts'

/** What to do about it, a finding, or null when there is nothing to do. */
export function mergeProfile<S>(
  name: string,
  edited: EditedProfile<S> | undefined,
  began: Began<Profile>,
  present: Profile | undefined,
): ProfileEdit<S> | Finding | null {
  const finding = (message: string, hint: string | null, held: boolean): Finding => {
    return { section: 'profiles', name, message, hint, held }
  }
  const unchanged = began !== 'unknown' && began && present && isSame(began, present)
  if (edited === undefined) {
    if (began === undefined || began === 'unknown' || present === undefined) return null
    if (!unchanged)
      return finding('was removed here and changed elsewhere meanwhile: it stays', removeHint(name), false)
    return { type: 'remove', profileId: name as ProfileId } // the state has it under this id
  }
  if (edited.fault) return finding(edited.fault.message, edited.fault.hint, true)
  if (edited.secret === null) {
    if (began !== 'unknown' && began && saysSame(edited, began)) return null
    if (present && saysSame(edited, present)) return null
  }
  const invalid = invalidId(name, edited)
  if (invalid) return finding(invalid.message, invalid.hint, true)
  const value = valueOf(name as ProfileId, edited, present) // invalidId has looked at it
  if (edited.secret !== null) {
    // The date that stands there already is that of the value before.
    const before = present ?? (began === 'unknown' ? undefined : began)
    const expiresAt = isDate(before, edited.expiresAt) ? null : edited.expiresAt
    return { ...value, type: 'store', secret: edited.secret, expiresAt }
  }
  if (!present && began !== undefined) return finding('was removed meanwhile: the edit is not made', null, false)
  if (present && !unchanged) {
    return finding('was changed elsewhere meanwhile: the edit is not made', 'edit it again, as it is now', false)
  }
  const change = present ? changed(value, edited, present) : created(value, edited)
  return 'type' in change ? change : finding(change.message, change.hint, true)
}

/** Whether an id can be one, and is of the provider that the profile names. */
function invalidId<S>(name: string, { provider }: EditedProfile<S>): Fault | null {
  // Never with the name: a key can get there by mistake.
  if (!profileIdPattern.test(name))
    return { message: 'has no name like <provider>:<name>', hint: 'name it like anthropic:work' }
  if (isKeyAsName(name)) return { message: 'has a name that could be a key', hint: 'name it like anthropic:work' }
  const own = providerOf(name as ProfileId)
  if (provider === null || provider === own) return null
  const named = providerIdPattern.test(provider) ? ` ${provider}` : ''
  return { message: `is for ${own}, but its provider is another:${named}`, hint: `its name decides: ${own}` }
}

function valueOf<S>(profileId: ProfileId, edited: EditedProfile<S>, present: Profile | undefined): ProfileValue {
  const kind = edited.type ?? present?.type ?? 'api_key'
  return { profileId, provider: providerOf(profileId), kind, expiresAt: edited.expiresAt }
}

function created<S>(value: ProfileValue, { ref }: EditedProfile<S>): ProfileEdit<S> | Fault {
  const hint = 'paste the key as "key", or say where it is: "ref": "env:NAME", "file:/path" or "exec:/program"'
  if (ref === null) return { message: 'has neither a key nor a reference', hint }
  if (ref.startsWith('vault:')) return { message: 'refers to a secret that is not kept for this agent', hint }
  return { ...value, type: 'refer', reference: ref }
}

function changed<S>(value: ProfileValue, { ref }: EditedProfile<S>, present: Profile): ProfileEdit<S> | Fault {
  if (ref !== null && ref !== present.ref && ref.startsWith('vault:')) {
    const hint = `write "ref": "${present.ref}" again, or paste a key as "key"`
    return { message: 'refers to a secret that is not its own', hint }
  }
  const reference = ref ?? present.ref
  if (value.expiresAt === null && present.expiresAt !== undefined && reference === present.ref) {
    return { message: 'had an expiry date, which can be changed and not taken away', hint: 'write another date' }
  }
  return reference.startsWith('vault:') ? { ...value, type: 'restate' } : { ...value, type: 'refer', reference }
}

function removeHint(name: string): string {
  return `traseai models auth remove ${name}`
}

function saysSame<S>({ type, provider, ref, expiresAt }: EditedProfile<S>, profile: Profile): boolean {
  const isUnsaid = (written: string | null, own: string): boolean => written === null || written === own
  return (
    isUnsaid(type, profile.type) &&
    isUnsaid(provider, profile.provider) &&
    isUnsaid(ref, profile.ref) &&
    (expiresAt === null ? profile.expiresAt === undefined : isDate(profile, expiresAt))
  )
}

function isDate(profile: Profile | undefined, expiresAt: number | null): boolean {
  return expiresAt !== null && profile?.expiresAt !== undefined && Date.parse(profile.expiresAt) === expiresAt
}

function isSame(a: Profile, b: Profile): boolean {
  return a.type === b.type && a.provider === b.provider && a.ref === b.ref && a.expiresAt === b.expiresAt
}
