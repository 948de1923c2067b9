// A text in the making: takes key after key, with the history at hand, and says when it is ready.
import type { Press } from '../../key-presses.ts'
import { type Draft, type EditName, edits, emptyDraft, insert, toLine } from './edit-line.ts'
import type { EditorKey } from './editor-keys.ts'
import { openHistory } from './history.ts'
import { goesOn, messageCharactersMax, type Typed } from './typed.ts'

export type Key = Press<EditorKey>

export interface Editor {
  draft(): Draft
  /** @returns what the key asks for beyond the text itself: it is ready, or something is to be done with the terminal */
  take(key: Key): Typed | 'clearScreen' | 'suspend' | null
  /** Begins the next text. What was cut is kept. */
  restart(): void
}

/** @param complete what Tab makes of the text, null for nothing */
export function openEditor(complete: (text: string) => string | null): Editor {
  const history = openHistory()
  let draft: Draft = emptyDraft

  function become(text: string | null): null {
    if (text !== null) draft = { ...draft, text, cursor: text.length }
    return null
  }

  function recall(direction: -1 | 1): null {
    const moved = toLine(draft, direction)
    if (moved === null) return become(history.go(direction, draft.text))
    draft = moved
    return null
  }

  function enter(): Typed | null {
    const { text, cursor } = draft
    if (goesOn(text) && cursor === text.length) return become(`${text.slice(0, -1)}\n`)
    history.add(text)
    draft = { ...draft, cursor: text.length }
    return { kind: 'text', text }
  }

  /** What keys do that do not edit. */
  const acts: Readonly<Record<Exclude<EditorKey, EditName> | 'enter', () => ReturnType<Editor['take']>>> = {
    enter,
    up: () => recall(-1),
    down: () => recall(1),
    complete: () => become(complete(draft.text)),
    clearScreen: () => 'clearScreen',
    suspend: () => 'suspend',
    interrupt: () => (draft.text === '' ? { kind: 'interrupt' } : become('')),
    end() {
      if (draft.text === '') return { kind: 'end' }
      draft = edits.eraseForward(draft)
      return null
    },
  }

  return {
    draft: () => draft,
    take(key) {
      if (typeof key === 'object') {
        draft = insert(draft, key.text.slice(0, Math.max(0, messageCharactersMax - draft.text.length)))
        return null
      }
      if (!isEdit(key)) return acts[key]()
      draft = edits[key](draft)
      return null
    },
    restart() {
      history.leave()
      draft = { ...emptyDraft, cut: draft.cut }
    },
  }
}

function isEdit(key: EditorKey | 'enter'): key is EditName {
  return Object.hasOwn(edits, key)
}
