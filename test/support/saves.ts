// How programs save a file: each way looks different to whoever watches it.
import { open, rename, rm, writeFile } from 'node:fs/promises'

/** The ways in which programs save a file. */
export const saves: readonly (readonly [string, (path: string, text: string) => Promise<unknown>])[] = [
  ['in place', (path, text) => writeFile(path, text)],
  [
    'by writing another file and renaming it',
    async (path, text) => {
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    },
  ],
  [
    'by deleting and creating it',
    async (path, text) => {
      await rm(path)
      await writeFile(path, text)
    },
  ],
  [
    'in place and in small pieces',
    async (path, text) => {
      const file = await open(path, 'w')
      for (const letter of text) await file.write(letter)
      await file.close()
    },
  ],
]
