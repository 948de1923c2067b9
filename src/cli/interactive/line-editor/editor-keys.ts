// The keys of the line editor, by what terminals send for them: those of readline(3) and of the usual keyboards.
import type { KeyNames } from '../../key-presses.ts'
import type { EditName } from './edit-line.ts'

export type EditorKey = EditName | 'up' | 'down' | 'interrupt' | 'end' | 'clearScreen' | 'suspend' | 'complete'

const control = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) - 64)
const escape = '\u001b'

/** Arrow keys come as `ESC [ A` or `ESC O A`, and with a modifier as `ESC [ 1 ; 5 A`. ECMA-48 and xterm's control sequences. */
function arrow(letter: string, name: EditorKey): Record<string, EditorKey> {
  return { [`${escape}[${letter}`]: name, [`${escape}O${letter}`]: name }
}

function withModifier(letter: string, name: EditorKey): Record<string, EditorKey> {
  return Object.fromEntries(['3', '5', '9'].map((modifier) => [`${escape}[1;${modifier}${letter}`, name]))
}

export const editorKeys: KeyNames<EditorKey> = {
  '\r': 'enter',
  '\n': 'newLine',
  [`${escape}\r`]: 'newLine',
  [`${escape}\n`]: 'newLine',
  '\t': 'complete',
  '\u007f': 'eraseBack',
  '\b': 'eraseBack',
  [control('A')]: 'lineStart',
  [control('B')]: 'left',
  [control('C')]: 'interrupt',
  [control('D')]: 'end',
  [control('E')]: 'lineEnd',
  [control('F')]: 'right',
  [control('K')]: 'cutToEnd',
  [control('L')]: 'clearScreen',
  [control('N')]: 'down',
  [control('P')]: 'up',
  [control('U')]: 'cutToStart',
  [control('W')]: 'cutWordBack',
  [control('Y')]: 'paste',
  [control('Z')]: 'suspend',
  [`${escape}b`]: 'wordLeft',
  [`${escape}f`]: 'wordRight',
  [`${escape}d`]: 'cutWordForward',
  [`${escape}\u007f`]: 'cutWordBack',
  ...arrow('A', 'up'),
  ...arrow('B', 'down'),
  ...arrow('C', 'right'),
  ...arrow('D', 'left'),
  ...arrow('H', 'lineStart'),
  ...arrow('F', 'lineEnd'),
  ...withModifier('C', 'wordRight'),
  ...withModifier('D', 'wordLeft'),
  [`${escape}[1~`]: 'lineStart',
  [`${escape}[7~`]: 'lineStart',
  [`${escape}[4~`]: 'lineEnd',
  [`${escape}[8~`]: 'lineEnd',
  [`${escape}[3~`]: 'eraseForward',
}
