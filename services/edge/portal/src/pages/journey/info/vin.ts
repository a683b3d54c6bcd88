/**
 * Vehicle identification numbers 车辆识别代号 as they are typed (GB 16735): what is no part of one is refused
 * at once, and what breaks a rule is told before it is sent. Nothing is ever corrected: I is not read as 1,
 * nor O as 0. The platform's word is the last one.
 */

export const VIN_LENGTH = 17

/** Where the check digit stands, from 0. */
const CHECK = 8
/** Where the model year stands, from 0. */
const YEAR = 9
/** By position; the check digit itself weighs nothing. */
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
/** Model years: never I, O, Q, U, Z or 0. */
const YEARS = 'ABCDEFGHJKLMNPRSTVWXY123456789'

/** Why a number cannot be right. */
export type VinFault = 'length' | 'equal' | 'serial' | 'year' | 'check'

export interface Typed {
  /** What can stand in a number, in capitals. */
  readonly vin: string
  /** How many of its characters stand before the caret. */
  readonly caret: number
  /** The first character that was not taken, and where it would have stood, from 1. */
  readonly refused?: { readonly character: string; readonly position: number }
}

/** Takes over what can stand in a number. Blanks and dashes only set it in groups; full-width forms are the same. */
export function typed(text: string, caret: number = text.length): Typed {
  let vin = ''
  let before = 0
  let refused: Typed['refused']
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!.normalize('NFKC').toUpperCase()
    if (/^[\s\-—_.·]*$/.test(character)) continue
    if (/^[0-9A-HJ-NPR-Z]$/.test(character)) {
      if (vin.length < VIN_LENGTH) vin += character
      if (at < caret) before = vin.length
    } else {
      refused ??= { character, position: Math.min(vin.length + 1, VIN_LENGTH) }
    }
  }
  return refused ? { vin, caret: before, refused } : { vin, caret: before }
}

/** Whether the maker is Chinese: codes that begin with L, or with H (GB 16737). */
export function isDomestic(vin: string): boolean {
  return /^[LH]/.test(vin)
}

function value(character: string): number {
  const digit = '0123456789'.indexOf(character)
  if (digit >= 0) return digit
  // A–H are 1–8, J–R are 1–9 with gaps where I, O and Q would be, S–Z are 2–9.
  const code = character.charCodeAt(0)
  if (code <= 72) return code - 64
  return code <= 82 ? code - 73 : code - 81
}

/** What position 9 must be by the formula: a digit or X. */
export function checkDigit(vin: string): string {
  const sum = Array.from(vin).reduce((total, character, at) => total + value(character) * (WEIGHTS[at] ?? 0), 0)
  return '0123456789X'[sum % 11]!
}

/** What is wrong with a number that was typed to its end; nothing while a maker may have given it. */
export function fault(vin: string): VinFault | undefined {
  if (vin.length !== VIN_LENGTH) return 'length'
  if (Array.from(vin).every((character) => character === vin[0])) return 'equal'
  if (!/\d{4}$/.test(vin)) return 'serial'
  if (!isDomestic(vin)) return undefined
  if (YEARS.indexOf(vin[YEAR]!) < 0) return 'year'
  return vin[CHECK] === checkDigit(vin) ? undefined : 'check'
}

/** In groups of 3, 6 and 8, as it is read again: `LSG PC52U6 AF102554`. */
export function grouped(vin: string): string {
  return [vin.slice(0, 3), vin.slice(3, 9), vin.slice(9)].filter(Boolean).join(' ')
}
