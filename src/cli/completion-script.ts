// Writes the completion scripts from the tree of commands: one table of words, and a few lines for each shell.
import type { Command, Option } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

interface Word {
  readonly name: string
  readonly description: string
}

interface Node {
  /** `traseai models auth`. */
  readonly path: string
  readonly commands: readonly Word[]
  readonly options: readonly Word[]
  /** Fixed values of its first argument. */
  readonly values: readonly Word[]
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<Shell, unknown>

export function completionScript(program: Command, shell: Shell): string {
  return scripts[shell](program.name(), nodesOf(program))
}

function nodesOf(command: Command, parents: readonly Command[] = []): readonly Node[] {
  const way = [...parents, command]
  const help = command.createHelp()
  const options = [...help.visibleOptions(command), ...parents.flatMap((parent) => parent.options)]
  const node: Node = {
    path: way.map((each) => each.name()).join(' '),
    commands: help.visibleCommands(command).map((each) => ({ name: each.name(), description: each.description() })),
    options: options
      .filter(isWorthCompleting)
      .map((option) => ({ name: option.long ?? option.flags, description: option.description })),
    values: (command.registeredArguments[0]?.argChoices ?? []).map((name) => ({ name, description: '' })),
  }
  return [node, ...command.commands.flatMap((child) => nodesOf(child, way))]
}

function isWorthCompleting(option: Option): boolean {
  return option.long !== undefined && option.long !== null && !option.hidden
}

function bashScript(program: string, nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, commands, options, values }) => {
    const names = (words: readonly Word[]): string => words.map(({ name }) => name).join(' ')
    return `    '${path}') words='${names([...commands, ...values])}'; options='${names(options)}' ;;`
  })
  return `# bash completion of ${program}
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='${program}' words='' options='' word
  _${program}_words "$path"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -- ]] && { COMPREPLY=(); compopt -o default 2>/dev/null; return; }
    if [[ " $words " == *" $word "* ]]; then path="$path $word"; _${program}_words "$path"; fi
  done
  if [[ $current == -* ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -z $words ]]; then compopt -o default 2>/dev/null; fi
}
_${program}_words() {
  words='' options=''
  case $1 in
${cases.join('\n')}
  esac
}
complete -F _${program} ${program}
`
}

function zshScript(program: string, nodes: readonly Node[]): string {
  const list = (words: readonly Word[]): string =>
    words.map(({ name, description }) => zshWord(name, description)).join(' ')
  const cases = nodes.map(
    ({ path, commands, options, values }) =>
      `    '${path}') candidates=(${list([...commands, ...values])}); options=(${list(options)}) ;;`,
  )
  return `#compdef ${program}
_${program}() {
  local where='${program}' word
  local -a candidates options
  _${program}_words "$where"
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -- ]] && { _normal; return }
    if (( \${candidates[(I)\${word}:*]} )); then where="$where $word"; _${program}_words "$where"; fi
  done
  if [[ \${words[CURRENT]} == -* ]]; then _describe -o option options
  elif (( $#candidates )); then _describe command candidates
  else _files; fi
}
_${program}_words() {
  candidates=() options=()
  case $1 in
${cases.join('\n')}
  esac
}
compdef _${program} ${program}
`
}

function fishScript(program: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options, values }) => {
    const condition = `-n '__${program}_at "${path}"'`
    return [
      ...[...commands, ...values].map(
        ({ name, description }) => `complete -c ${program} -f ${condition} -a ${name} -d ${fishText(description)}`,
      ),
      ...options.map(
        ({ name, description }) =>
          `complete -c ${program} ${condition} -l ${name.replace(/^--/, '')} -d ${fishText(description)}`,
      ),
    ]
  })
  const paths = nodes.map(({ path }) => `"${path}"`).join(' ')
  return `# fish completion of ${program}
function __${program}_at
  set -l path ${program}
  for word in (commandline -opc)[2..]
    if contains -- "$path $word" ${paths}
      set path "$path $word"
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}

/** `name:description` in single quotes; a colon in the name would end it. */
function zshWord(name: string, description: string): string {
  return shellText(`${name.replaceAll(':', '\\:')}:${description}`)
}

function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function fishText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
