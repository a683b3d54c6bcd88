import { describe, expect, it } from 'vitest'
import { fieldOf, infoOf, wrongs, type Form } from '@/pages/journey/info/form'
import { digitsOf, kindsOf } from '@/pages/journey/info/proof'

const form: Form = {
  vin: 'LSGPC52U6AF102554',
  kind: 'electronic_invoice',
  code: '',
  number: '24442000000012345678',
  address: '',
  importConfirmed: false,
  certificate: '',
}
const plain = { address: false, importing: false }

describe('the form for the vehicle', () => {
  it('tells the platform what was asked for and nothing else', () => {
    const filled = { ...form, address: ' 人民大道 1 号 ', certificate: 'XVII 123', importConfirmed: true }
    expect(infoOf(filled, plain)).toEqual({
      vin: 'LSGPC52U6AF102554',
      purchase_proof: { kind: 'electronic_invoice', number: '24442000000012345678' },
    })
    expect(infoOf(filled, { address: true, importing: true })).toMatchObject({
      address: '人民大道 1 号',
      import_confirmed: true,
      import_certificate_number: 'XVII123',
    })
    const paper = { ...form, kind: 'paper_invoice', code: '144002321660', number: '00123456' } as const
    expect(infoOf(paper, plain).purchase_proof).toEqual({
      kind: 'paper_invoice',
      code: '144002321660',
      number: '00123456',
    })
  })

  it('is sent when nothing is wrong', () => {
    expect(wrongs(form, plain)).toEqual([])
    expect(wrongs({ ...form, importConfirmed: true }, { address: false, importing: true })).toEqual([])
  })

  it('names all that is wrong, in the order of the page', () => {
    const paper: Form = { ...form, vin: '', kind: 'paper_invoice', code: '1440', number: '', certificate: '编号' }
    expect(wrongs(paper, { address: true, importing: true })).toEqual([
      { field: 'vin', why: 'missing' },
      { field: 'import', why: 'missing' },
      { field: 'certificate', why: 'form' },
      { field: 'code', why: 'digits', wanted: 12, found: 4 },
      { field: 'number', why: 'missing' },
      { field: 'address', why: 'missing' },
    ])
    expect(wrongs({ ...form, vin: 'LSGPC52U7AF102554', number: '123' }, plain)).toEqual([
      { field: 'vin', why: 'check' },
      { field: 'number', why: 'digits', wanted: 20, found: 3 },
    ])
    expect(wrongs({ ...form, address: '湛江' }, { address: true, importing: false })).toEqual([
      { field: 'address', why: 'form' },
    ])
  })

  it('shows a refusal at the field that the platform names', () => {
    expect(fieldOf('vin')).toBe('vin')
    expect(fieldOf('purchase_proof')).toBe('number')
    expect(fieldOf('purchase_proof.paper_invoice.code')).toBe('code')
    expect(fieldOf('purchase_proof.number')).toBe('number')
    expect(fieldOf('purchase_proof.electronic_invoice')).toBe('number')
    expect(fieldOf('import_certificate_number')).toBe('certificate')
    expect(fieldOf('challenge_proof')).toBeUndefined()
    expect(fieldOf(undefined)).toBeUndefined()
  })
})

describe('a purchase proof', () => {
  it('is the digits of what was pasted', () => {
    expect(digitsOf('2444 2000-0000 1234 5678 99', 20)).toBe('24442000000012345678')
    expect(digitsOf('０１２', 8)).toBe('012')
  })

  it('is of a kind that the terms admit and we know', () => {
    expect(kindsOf(['paper_invoice', 'electronic_invoice', 'photo'])).toEqual(['electronic_invoice', 'paper_invoice'])
    expect(kindsOf(['paper_invoice'])).toEqual(['paper_invoice'])
  })
})
