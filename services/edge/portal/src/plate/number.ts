/**
 * A plate number as people see and say it: 粤G·D12345.
 *
 * The platform writes numbers without the dot. GA 36: one character for the province, one letter for the
 * issuing authority, then five characters, six on new-energy plates; no letters I and O.
 */
import type { components } from '@/api/schema'

export type PlateClass = components['schemas']['PlateClass']

export interface Plate {
  /** Province and letter, 粤G. */
  readonly code: string
  /** What follows. */
  readonly serial: string
}

const CODE_LENGTH = 2

export function split(number: string): Plate {
  const characters = Array.from(number)
  return { code: characters.slice(0, CODE_LENGTH).join(''), serial: characters.slice(CODE_LENGTH).join('') }
}

/** How many characters follow the code. */
export function serialLength(plateClass: PlateClass): number {
  return plateClass === 'nev_small' || plateClass === 'nev_large' ? 6 : 5
}

/** Character by character, for screen readers: a number is not a quantity. */
export function spoken(number: string): string {
  return Array.from(number).join(' ')
}

export function dotted(number: string): string {
  const { code, serial } = split(number)
  return `${code}·${serial}`
}
