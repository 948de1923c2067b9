// The licence texts of every package that is bundled into dist/, as their licences ask.
// @ts-check
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * One text with name, version, licence and licence text of each bundled package.
 * @param {string} root absolute path of the project
 * @param {readonly { readonly metafile?: import('esbuild').Metafile | undefined }[]} results
 * @returns {Promise<string>}
 */
export async function thirdPartyNotices(root, results) {
  /** @type {Set<string>} */
  const folders = new Set()
  for (const { metafile } of results) {
    for (const path of Object.keys(metafile?.inputs ?? {})) {
      const folder = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)
      if (folder) folders.add(folder[0])
    }
  }
  const notices = await Promise.all(
    [...folders].sort((a, b) => a.localeCompare(b, 'en')).map((folder) => notice(join(root, folder))),
  )
  return `The files in this folder contain these packages.\n\n${notices.join('\n')}`
}

/** @param {string} folder */
async function notice(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry))
  const text = file ? await readFile(join(folder, file), 'utf8') : ''
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text.trim()}\n`
}
