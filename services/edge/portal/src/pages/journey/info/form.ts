/**
 * What the form for the vehicle holds, what is wrong with it before it is sent, and where the platform's
 * refusals belong. Pure.
 */
import type { components } from '@/api/schema'
import { CODE_LENGTH, ELECTRONIC_LENGTH, NUMBER_LENGTH, type ProofKind } from './proof'
import { fault, type VinFault } from './vin'

type Info = components['schemas']['Info']

/** In the order in which they stand on the page. */
export const FIELDS = ['vin', 'import', 'certificate', 'code', 'number', 'address'] as const
export type Field = (typeof FIELDS)[number]

export interface Form {
  readonly vin: string
  readonly kind: ProofKind
  readonly code: string
  readonly number: string
  readonly address: string
  readonly importConfirmed: boolean
  readonly certificate: string
}

/** What the form asks for besides vehicle and purchase proof. */
export interface Asked {
  readonly address: boolean
  /** The platform wants a second look at the number of an imported vehicle. */
  readonly importing: boolean
}

export type Wrong =
  | { readonly field: Field; readonly why: 'missing' }
  | { readonly field: 'vin'; readonly why: VinFault }
  | { readonly field: 'code' | 'number'; readonly why: 'digits'; readonly wanted: number; readonly found: number }
  | { readonly field: 'certificate' | 'address'; readonly why: 'form' }

const SHORTEST_ADDRESS = 4
const CERTIFICATE = /^[0-9A-Za-z-]{1,32}$/

function plain(text: string): string {
  return text.replace(/\s/g, '')
}

/** All that keeps it from being sent, in the order of the page. */
export function wrongs(form: Form, asked: Asked): readonly Wrong[] {
  const found: Wrong[] = []
  const ofVin = fault(form.vin)
  if (form.vin === '') found.push({ field: 'vin', why: 'missing' })
  else if (ofVin) found.push({ field: 'vin', why: ofVin })
  if (asked.importing) {
    if (!form.importConfirmed) found.push({ field: 'import', why: 'missing' })
    if (form.certificate !== '' && !CERTIFICATE.test(plain(form.certificate))) {
      found.push({ field: 'certificate', why: 'form' })
    }
  }
  const digits = (field: 'code' | 'number', text: string, wanted: number): void => {
    if (text === '') found.push({ field, why: 'missing' })
    else if (text.length !== wanted) found.push({ field, why: 'digits', wanted, found: text.length })
  }
  if (form.kind === 'paper_invoice') digits('code', form.code, CODE_LENGTH)
  digits('number', form.number, form.kind === 'paper_invoice' ? NUMBER_LENGTH : ELECTRONIC_LENGTH)
  if (asked.address) {
    const address = form.address.trim()
    if (address === '') found.push({ field: 'address', why: 'missing' })
    else if (Array.from(address).length < SHORTEST_ADDRESS) found.push({ field: 'address', why: 'form' })
  }
  return found
}

/** As the platform is told. What was not asked for is not told. */
export function infoOf(form: Form, asked: Asked): Info {
  const info: Info = {
    vin: form.vin,
    purchase_proof:
      form.kind === 'paper_invoice'
        ? { kind: 'paper_invoice', code: form.code, number: form.number }
        : { kind: 'electronic_invoice', number: form.number },
  }
  if (asked.address) info.address = form.address.trim()
  if (asked.importing) {
    info.import_confirmed = form.importConfirmed
    if (form.certificate !== '') info.import_certificate_number = plain(form.certificate)
  }
  return info
}

/** Where a refusal belongs that names a field as the platform spells it. */
export function fieldOf(named: string | undefined): Field | undefined {
  if (named === undefined) return undefined
  if (named === 'vin' || named === 'address') return named
  if (named === 'import_confirmed') return 'import'
  if (named === 'import_certificate_number') return 'certificate'
  if (!/^purchase_proof/.test(named)) return undefined
  return /code$/.test(named) ? 'code' : 'number'
}
