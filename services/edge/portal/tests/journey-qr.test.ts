import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encode, outline } from '@/pages/journey/done/qr'

const signed = 'eyJhbGciOiJFZERTQSIsImtpZCI6InYxIn0.-_'.repeat(20)

function rows(text: string): string[] {
  return encode(text)!.map((row) => row.map((dark) => (dark ? '1' : '0')).join(''))
}

describe('a QR symbol', () => {
  // As the encoder of python-qrcode 8 draws it, with mask 2.
  it('is drawn as another encoder draws it', () => {
    expect(rows('7K3F-9QXM')).toEqual([
      '111111100011101111111',
      '100000100100101000001',
      '101110101010001011101',
      '101110101100101011101',
      '101110101010101011101',
      '100000101001001000001',
      '111111101010101111111',
      '000000001010000000000',
      '101111100011001111100',
      '100001011001101000000',
      '011101101100100001010',
      '101011000001110000111',
      '100100110010100101010',
      '000000001110111000111',
      '111111100001010001000',
      '100000101100000001110',
      '101110101011000110101',
      '101110101111111011100',
      '101110101110101100000',
      '100000100011111000100',
      '111111101110100010010',
    ])
  })

  it('of a signed voucher too: many blocks, alignment squares, version bits (mask 1)', () => {
    const symbol = rows(signed.slice(0, 430))
    expect(symbol).toHaveLength(81)
    const digest = createHash('sha256').update(symbol.join('\n')).digest('hex')
    expect(digest).toBe('f0a7fdb3877f88722071946fa44baa9ad934653187cacdfb1762bb94418fa472')
  })

  it('is as small as its text allows, and none where it does not fit', () => {
    expect(encode('x'.repeat(14))).toHaveLength(21)
    expect(encode('x'.repeat(15))).toHaveLength(25)
    expect(encode('x'.repeat(666))).toHaveLength(97)
    expect(encode('x'.repeat(667))).toBeUndefined()
  })

  it('is one path of its dark runs', () => {
    expect(
      outline([
        [true, true, false],
        [false, false, true],
        [false, false, false],
      ]),
    ).toBe('M0 0h2v1H0zM2 1h1v1H2z')
  })
})
