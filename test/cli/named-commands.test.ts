// Every command that the program tells somebody to type, in a hint, a message or a help text, is one that can be typed.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { parseSync } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { projectRoot } from '../support/gateway-process.ts'

const program = buildProgram(() => Promise.resolve())

/** Every string and template of a source, with `<value>` where a template has an expression. */
function textsOf(path: string, source: string): string[] {
  const texts: string[] = []
  JSON.stringify(parseSync(path, source).program, (_key, node: unknown) => {
    if (typeof node === 'bigint') return null // a number of the source, which JSON has no word for
    if (typeof node !== 'object' || node === null || !('type' in node)) return node
    if (node.type === 'Literal' && 'value' in node && typeof node.value === 'string') texts.push(node.value)
    if (node.type === 'TemplateLiteral' && 'quasis' in node) {
      const quasis = node.quasis as readonly { readonly value: { readonly cooked: string } }[] // the parser's shape of one
      texts.push(quasis.map(({ value }) => value.cooked).join('<value>'))
    }
    return node
  })
  return texts
}

/** What cannot be typed of the commands that a text names: a word or option that the command does not have. */
function unknownIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w./-])traseai (?=[a-z<-])([^\n;,|()"'`]*)/g)].flatMap(([said, rest = '']) => {
    const words = rest.split(' ').filter((word) => word !== '')
    const command = commandOf(program, words)
    const options = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined).filter(isOption)
    const isWhole = command.commands.length === 0 || options.includes('--help')
    const isKnown = options.every((option) => option === '--help' || takes(command, option))
    return isWhole && isKnown ? [] : [said]
  })
}

/** As deep as the words lead. */
function commandOf(parent: Command, [word, ...rest]: readonly string[]): Command {
  const child = parent.commands.find((command) => command.name() === word)
  return child ? commandOf(child, rest) : parent
}

const isOption = (word: string): boolean => /^--?[a-z]/.test(word)

const takes = (command: Command, option: string): boolean =>
  [command, program].some(({ options }) => options.some((known) => known.long === option || known.short === option))

describe('a command that is named', () => {
  const sources = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name))
  const texts = sources.flatMap((path) =>
    textsOf(path, readFileSync(join(projectRoot, path), 'utf8')).map((text) => ({ path, text })),
  )

  it('by the program itself can be typed', () => {
    expect(texts.filter(({ text }) => text.includes('traseai gateway')).length).toBeGreaterThan(10)
    expect(texts.flatMap(({ path, text }) => unknownIn(text).map((said) => `${path}: ${said}`))).toEqual([])
  })

  it.each([
    'README.md',
    ...readdirSync(join(projectRoot, 'docs')).flatMap((name) => (name.endsWith('.md') ? `docs/${name}` : [])),
  ])('by %s can be typed', (path) => {
    expect(unknownIn(readFileSync(join(projectRoot, path), 'utf8'))).toEqual([])
  })

  it.each([
    'see: traseai models auth',
    'or drop it: traseai models auth order drop --provider x',
    'traseai models auth login',
    'traseai models auth <value> --provider x',
    'see traseai gateway logs --loud',
    'traseai status',
  ])('is found when it cannot be typed: %s', (text) => {
    expect(unknownIn(text)).toHaveLength(1)
  })

  it.each([
    'see what it does: traseai gateway logs; as a last resort: kill 7',
    'traseai exec -- <command> --with-its-own-options',
    'see: traseai env --help',
    'traseai models status --no-color --check',
  ])('is left alone when it can be: %s', (text) => {
    expect(unknownIn(text)).toEqual([])
  })
})
