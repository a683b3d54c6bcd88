/**
 * The mask of a segment, read so that it can be told in words: DD[AB]LD is "places 1–2 a digit, place 3
 * A or B, place 4 a letter, place 5 a digit".
 *
 *     mask  = place+ [ "-" "{" serial { "," serial } "}" ]
 *     place = "D" | "L" | "[" character+ "]" | character | run
 *     run   = digits ".." digits         as many places as digits, read as one number
 */

export type Part =
  | { readonly kind: 'digit' | 'letter' }
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'set'; readonly characters: string }
  | { readonly kind: 'run'; readonly low: string; readonly high: string }

/** A part and the places it fills, counted from 1; equal neighbours are one. */
export type Group = Part & { readonly from: number; readonly to: number }

export interface Mask {
  readonly groups: readonly Group[]
  /** Serials that are taken out. */
  readonly without: readonly string[]
}

/** Letters of plates: I and O look like digits. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const DIGITS = '0123456789'
/** From so many on, neighbours are told by their ends. */
const WORTH_A_RANGE = 4

const PART = /^(?:(\d+)\.\.(\d+)|\[([0-9A-Z]+)\]|([0-9A-Z]))/

/** Undefined when it is written in a way that we do not know; then it is shown as it is. */
export function parse(text: string): Mask | undefined {
  const [serials, minus, more] = text.split('-')
  if (serials === undefined || more !== undefined) return undefined
  const groups: Group[] = []
  let rest = serials.trim()
  let place = 1
  while (rest) {
    const found = PART.exec(rest)
    if (!found) return undefined
    const part = read(found)
    if (!part) return undefined
    const to = place + width(part) - 1
    const last = groups[groups.length - 1]
    if (last && part.kind === last.kind && (part.kind === 'digit' || part.kind === 'letter'))
      groups[groups.length - 1] = { ...last, to }
    else if (last && part.kind === 'fixed' && last.kind === 'fixed')
      groups[groups.length - 1] = { ...last, text: last.text + part.text, to }
    else groups.push({ ...part, from: place, to })
    place = to + 1
    rest = rest.slice(found[0].length).trim()
  }
  const without = minus === undefined ? [] : readMinus(minus)
  const known = place - 1 === 5 || place - 1 === 6
  return known && without ? { groups, without } : undefined
}

function read([, low, high, set, one]: RegExpExecArray): Part | undefined {
  if (low !== undefined && high !== undefined)
    return low.length === high.length && low <= high ? { kind: 'run', low, high } : undefined
  if (set !== undefined) return set.length === 1 ? { kind: 'fixed', text: set } : { kind: 'set', characters: set }
  if (one === 'D') return { kind: 'digit' }
  if (one === 'L') return { kind: 'letter' }
  return one === undefined ? undefined : { kind: 'fixed', text: one }
}

function readMinus(text: string): string[] | undefined {
  const found = /^\s*\{([0-9A-Z,\s]*)\}\s*$/.exec(text)
  return found?.[1]
    ?.split(',')
    .map((serial) => serial.trim())
    .filter(Boolean)
}

function width(part: Part): number {
  return part.kind === 'run' ? part.low.length : 1
}

/** The characters one by one, and neighbours by their ends: ABCDE7 → A–E, 7. */
export function spans(characters: string): string[] {
  const told: string[] = []
  let left = characters
  while (left) {
    const alphabet = DIGITS.includes(left.charAt(0)) ? DIGITS : LETTERS
    const start = alphabet.indexOf(left.charAt(0))
    let length = 1
    while (start >= 0 && length < left.length && alphabet.charAt(start + length) === left.charAt(length)) length += 1
    if (length >= WORTH_A_RANGE) {
      told.push(`${left.charAt(0)}–${left.charAt(length - 1)}`)
      left = left.slice(length)
    } else {
      told.push(left.charAt(0))
      left = left.slice(1)
    }
  }
  return told
}

/** What stands at each place, as short as a picture wants it: 0–9, A–Z, A/B, 7. */
export function cells(mask: Mask): string[] {
  return mask.groups.reduce<string[]>((all, group) => all.concat(cellsOf(group)), [])
}

function cellsOf(group: Group): string[] {
  const places = group.to - group.from + 1
  if (group.kind === 'fixed') return Array.from(group.text)
  if (group.kind === 'run')
    return Array.from(group.low, (low, at) => {
      // Where both ends begin alike the place stands still; behind it everything may come.
      const high = group.high.charAt(at)
      if (group.low.slice(0, at) !== group.high.slice(0, at)) return '0–9'
      return low === high ? low : `${low}–${high}`
    })
  if (group.kind === 'set') return [spans(group.characters).join('/')]
  return Array.from({ length: places }, () => (group.kind === 'digit' ? '0–9' : 'A–Z'))
}

/** A serial of the mask to show what its numbers look like; undefined when that one is taken out. */
export function example(mask: Mask): string | undefined {
  const serial = mask.groups
    .map((group) => {
      if (group.kind === 'fixed') return group.text
      if (group.kind === 'run') return group.high
      if (group.kind === 'set') return group.characters.charAt(0)
      const from = group.kind === 'digit' ? DIGITS : LETTERS
      return from.slice(group.from, group.to + 1)
    })
    .join('')
  return mask.without.includes(serial) ? undefined : serial
}
