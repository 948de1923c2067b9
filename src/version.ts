// The version of this build; the bundler and the test runner put it in.
declare const __TRASEAI_VERSION__: string

/** The version of package.json. */
export const version: string = __TRASEAI_VERSION__
