import { describe, expect, it } from 'vitest'
import { checkDigit, fault, grouped, typed } from '@/pages/journey/info/vin'

describe('a VIN while it is typed', () => {
  it('is in capitals, without what only sets it in groups, and not longer than it can be', () => {
    expect(typed(' lsg-pc52u6 af102554 ').vin).toBe('LSGPC52U6AF102554')
    expect(typed('ＬＳＧｐｃ５２').vin).toBe('LSGPC52')
    expect(typed('LSGPC52U6AF10255499').vin).toBe('LSGPC52U6AF102554')
  })

  it('takes no I, O or Q, and does not make a digit of them', () => {
    for (const letter of ['i', 'O', 'q', 'Ｏ']) {
      const taken = typed(`LSG${letter}PC`)
      expect(taken.vin).toBe('LSGPC')
      expect(taken.refused).toEqual({ character: letter.normalize('NFKC').toUpperCase(), position: 4 })
    }
    expect(typed('LSG京').refused).toEqual({ character: '京', position: 4 })
    expect(typed('LSGPC').refused).toBeUndefined()
  })

  it('leaves the caret where it was', () => {
    expect(typed('LSGaPC', 4).caret).toBe(4)
    expect(typed('LSGOPC', 4)).toMatchObject({ vin: 'LSGPC', caret: 3 })
    expect(typed('L S G PC', 5).caret).toBe(3)
  })
})

describe('a VIN that was typed to its end', () => {
  it.each([
    'LSGPC52U6AF102554',
    'LFWSRXSJ8HAB00616',
    'LGBH52E0XCY033143',
    'LRW3E7FSXPC660715',
    'HE9XR1C48PS083871',
    '1M8GDM9AXKP042788',
    '1G4AH59H45G118341',
  ])('%s is right', (vin) => {
    expect(fault(vin)).toBeUndefined()
    expect(checkDigit(vin)).toBe(vin[8])
  })

  it.each([
    ['LSGPC52U6AF10255', 'length'],
    ['11111111111111111', 'equal'],
    ['LSGPC52U6AF10255A', 'serial'],
    ['LSGPC52U6ZF102554', 'year'],
    ['LSGPC52U6UF102554', 'year'],
    ['LSGPC52U7AF102554', 'check'],
    ['LGXC14EAXN1234567', 'check'],
    ['LSGPC54U9AF987654', 'check'],
  ])('%s is wrong by its %s', (vin, why) => expect(fault(vin)).toBe(why))

  it('of a maker elsewhere needs no check digit: the platform asks for a second look', () => {
    expect(fault('WP0ZZZ99ZTS392124')).toBeUndefined()
    expect(fault('VF1KG1PBE34488860')).toBeUndefined()
  })

  it('is read again in groups', () => {
    expect(grouped('LSGPC52U6AF102554')).toBe('LSG PC52U6 AF102554')
    expect(grouped('LSGP')).toBe('LSG P')
  })
})
