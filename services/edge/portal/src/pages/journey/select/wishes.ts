/**
 * Wishes as they are typed: rows of a serial each, in the order in which they will be tried (R-SEL-06).
 * Pure: what a key does depends on nothing but the rows and the place of the cursor.
 */

/** A place of a serial that is still open. */
export const OPEN = '?'

export interface Draft {
  /** Serials, `?` where nothing stands yet. */
  readonly rows: readonly string[]
  readonly row: number
  /** The place that the next key fills; the serial's length when the row is full. */
  readonly place: number
}

export function emptyDraft(rows: number, length: number): Draft {
  return { rows: Array.from({ length: rows }, () => OPEN.repeat(length)), row: 0, place: 0 }
}

export function isComplete(serial: string): boolean {
  return serial.length > 0 && serial.indexOf(OPEN) < 0
}

export function isEmpty(serial: string): boolean {
  return Array.from(serial).every((character) => character === OPEN)
}

function put(draft: Draft, place: number, character: string): readonly string[] {
  return draft.rows.map((serial, row) =>
    row === draft.row ? serial.slice(0, place) + character + serial.slice(place + 1) : serial,
  )
}

/** Fills the cursor's place and goes on to the next open one of the row. */
export function type(draft: Draft, character: string): Draft {
  const serial = draft.rows[draft.row] ?? ''
  if (draft.place >= serial.length) return draft
  const rows = put(draft, draft.place, character)
  const next = rows[draft.row]!.indexOf(OPEN)
  return { ...draft, rows, place: next < 0 ? serial.length : next }
}

/** Takes back the character before the cursor, or the one it stands on. */
export function erase(draft: Draft): Draft {
  const serial = draft.rows[draft.row] ?? ''
  const here = serial[draft.place]
  const place = here !== undefined && here !== OPEN ? draft.place : Math.max(0, draft.place - 1)
  return { ...draft, rows: put(draft, place, OPEN), place }
}

/** Empties the row. */
export function clear(draft: Draft): Draft {
  const length = (draft.rows[draft.row] ?? '').length
  const rows = draft.rows.map((serial, row) => (row === draft.row ? OPEN.repeat(length) : serial))
  return { ...draft, rows, place: 0 }
}

/** Puts the cursor somewhere. */
export function goTo(draft: Draft, row: number, place?: number): Draft {
  const serial = draft.rows[row] ?? ''
  const open = serial.indexOf(OPEN)
  return { ...draft, row, place: place ?? (open < 0 ? serial.length : open) }
}

/** Moves a row up or down: the order is the order of preference. */
export function move(draft: Draft, row: number, by: -1 | 1): Draft {
  const to = row + by
  if (to < 0 || to >= draft.rows.length) return draft
  const rows = draft.rows.slice()
  rows[row] = draft.rows[to]!
  rows[to] = draft.rows[row]!
  return goTo({ ...draft, rows }, to)
}

/** Removes a row; the last one is emptied instead. */
export function remove(draft: Draft, row: number): Draft {
  if (draft.rows.length === 1) return clear({ ...draft, row: 0 })
  const rows = draft.rows.filter((_, index) => index !== row)
  return goTo({ ...draft, rows }, Math.min(draft.row > row ? draft.row - 1 : draft.row, rows.length - 1))
}

/** Adds an empty row and goes there. */
export function add(draft: Draft, length: number): Draft {
  return goTo({ ...draft, rows: [...draft.rows, OPEN.repeat(length)] }, draft.rows.length)
}

/** The complete wishes in their order; nothing while one is half typed or stands twice. */
export function submitted(draft: Draft): readonly string[] | undefined {
  const begun = draft.rows.filter((serial) => !isEmpty(serial))
  if (begun.length === 0 || !begun.every(isComplete) || duplicateRow(draft) !== undefined) return undefined
  return begun
}

/** The first row that repeats one above it. */
export function duplicateRow(draft: Draft): number | undefined {
  const found = draft.rows.findIndex((serial, row) => isComplete(serial) && draft.rows.indexOf(serial) < row)
  return found < 0 ? undefined : found
}
