// Texts that look like .env files, and texts that only just do.
import fc from 'fast-check'

export const envName = fc.constantFrom('A', 'B', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY_2', 'x.y-z')
const space = fc.constantFrom('', '', ' ', '  ', '\t')
const lineEnd = fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\r')
/** Everything that means something to the parser, and some letters. */
const piece = fc.constantFrom(
  "'",
  '"',
  '`',
  '#',
  '=',
  ':',
  '\\',
  '\\n',
  '\\r',
  ' ',
  '$',
  '\n',
  '\r',
  '\uFEFF',
  '\u2028',
  'export ',
  'A',
  'B',
  'abc',
  '1',
  '-',
  'é',
)
export const hostileText = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

const tameValue = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_./:+-]{0,20}$/),
  fc.stringMatching(/^[A-Za-z0-9 #$=]{0,20}$/).map((text) => `'${text}'`),
  fc.stringMatching(/^[A-Za-z0-9 #$=']{0,20}$/).map((text) => `"${text}"`),
  fc.constantFrom('"one\ntwo"', "'# no comment'"),
)
const tameLine = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '', 'export '),
      envName,
      fc.constantFrom('=', '=', ' = '),
      tameValue,
      fc.constantFrom('', '', ' # why'),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('', '# a comment', '  # another', '#A=old'),
)
/** What a person writes. */
export const tameEnvText = fc
  .tuple(fc.array(fc.tuple(tameLine, fc.constantFrom('\n', '\r\n'))), fc.boolean())
  .map(([lines, closed]) => {
    const text = lines.map((parts) => parts.join('')).join('')
    return closed ? text : text.replace(/[\r\n]+$/, '')
  })

const hostileLine = fc.tuple(
  space,
  fc.constantFrom('', 'export '),
  envName,
  space,
  fc.constantFrom('=', ':', ''),
  space,
  hostileText,
  lineEnd,
)
/** What a person never writes, too. */
export const envText = fc.oneof(
  tameEnvText,
  fc
    .array(
      fc.oneof(
        hostileLine.map((parts) => parts.join('')),
        hostileText,
      ),
    )
    .map((lines) => lines.join('')),
)
