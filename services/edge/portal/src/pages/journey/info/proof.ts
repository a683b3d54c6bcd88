/** Purchase proofs 选号凭证 as they are typed: a paper invoice's code and number, or a digital invoice's number. */
import type { components } from '@/api/schema'

export type PurchaseProof = components['schemas']['PurchaseProof']
export type ProofKind = PurchaseProof['kind']

export const CODE_LENGTH = 12
export const NUMBER_LENGTH = 8
export const ELECTRONIC_LENGTH = 20

const KINDS: readonly ProofKind[] = ['electronic_invoice', 'paper_invoice']

/** The kinds that the terms admit, in the order in which they are offered. */
export function kindsOf(told: readonly string[]): readonly ProofKind[] {
  return KINDS.filter((kind) => told.indexOf(kind) >= 0)
}

/** The digits of what was typed or pasted. */
export function digitsOf(text: string, length: number): string {
  return text.normalize('NFKC').replace(/\D/g, '').slice(0, length)
}
