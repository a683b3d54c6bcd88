import { describe, expect, it } from 'vitest'
import { cells, example, parse, spans } from '@/pages/pool/mask'

describe('a mask', () => {
  it('is read place by place, equal neighbours as one', () => {
    expect(parse('DD[AB]LD')).toEqual({
      groups: [
        { kind: 'digit', from: 1, to: 2 },
        { kind: 'set', characters: 'AB', from: 3, to: 3 },
        { kind: 'letter', from: 4, to: 4 },
        { kind: 'digit', from: 5, to: 5 },
      ],
      without: [],
    })
  })

  it('reads a run as one number of as many places', () => {
    expect(parse('0001..9999 [WX]')?.groups).toEqual([
      { kind: 'run', low: '0001', high: '9999', from: 1, to: 4 },
      { kind: 'set', characters: 'WX', from: 5, to: 5 },
    ])
  })

  it('reads the letters D and L in brackets as themselves', () => {
    expect(parse('[D]DDDDD')?.groups).toEqual([
      { kind: 'fixed', text: 'D', from: 1, to: 1 },
      { kind: 'digit', from: 2, to: 6 },
    ])
    expect(parse('A12DD')?.groups[0]).toEqual({ kind: 'fixed', text: 'A12', from: 1, to: 3 })
  })

  it('knows what is taken out', () => {
    expect(parse('LDDDD -{A0000,B0000}')?.without).toEqual(['A0000', 'B0000'])
    expect(parse('LDDDD-{ A0000 }')?.without).toEqual(['A0000'])
  })

  it('is not guessed at when it is unknown', () => {
    for (const text of ['', 'DDDD', 'DDDDDDD', 'DD?DD', 'DD[AB', '001..9999 L', '9999..0001 L', 'DDDDD-', 'DDDDD-A'])
      expect(parse(text), text).toBeUndefined()
  })

  it('is drawn with one cell for a place', () => {
    expect(cells(parse('DD[AB]LD')!)).toEqual(['0–9', '0–9', 'A/B', 'A–Z', '0–9'])
    expect(cells(parse('0001..9999 [WX]')!)).toEqual(['0–9', '0–9', '0–9', '1–9', 'W/X'].map((c, i) => (i === 3 ? '0–9' : c)))
    expect(cells(parse('12000..12999')!)).toEqual(['1', '2', '0–9', '0–9', '0–9'])
    expect(cells(parse('[ABCDE]LDDDD')!)).toEqual(['A–E', 'A–Z', '0–9', '0–9', '0–9', '0–9'])
  })

  it('has an example that is one of its numbers', () => {
    expect(example(parse('DD[AB]LD')!)).toBe('12AE5')
    expect(example(parse('0001..9999 [WX]')!)).toBe('9999W')
    expect(example(parse('[D]DDDDD')!)).toBe('D23456')
    expect(example(parse('LDDDD -{B2345}')!)).toBeUndefined()
  })
})

describe('characters of a set', () => {
  it('are told by their ends when many follow each other, past I and O', () => {
    expect(spans('ABCDE7')).toEqual(['A–E', '7'])
    expect(spans('GHJK')).toEqual(['G–K'])
    expect(spans('AB')).toEqual(['A', 'B'])
    expect(spans('0129')).toEqual(['0', '1', '2', '9'])
  })
})
