import { describe, expect, it } from 'vitest'
import { isSpent, stepOf, wayOf } from '@/pages/journey/step'
import { application, guangdong, hebei } from './journey-application'

const until = '2026-11-23T04:01:00Z'
const spent = { compose_left: 0, draws_left: 0 }

describe('the step of an application', () => {
  it('follows from its state', () => {
    expect(stepOf(application())).toBe('info')
    expect(stepOf(application({ state: 'info_submitted' }))).toBe('confirm')
    expect(stepOf(application({ state: 'info_confirmed' }))).toBe('explanation')
    expect(stepOf(application({ state: 'confirmed' }))).toBe('done')
    for (const state of ['registered', 'exhausted', 'expired', 'voided'] as const) {
      expect(stepOf(application({ state }))).toBe('ended')
    }
  })

  it('begins at the explanation for whoever walks in again (R-ENT-05)', () => {
    expect(stepOf(application({ state: 'selecting' }))).toBe('explanation')
    expect(stepOf(application({ state: 'selecting', checked_here: true }))).toBe('select')
  })

  it('is the SMS code where a number was chosen for good (R-CNF-01)', () => {
    const choice = { composed: false, final: true, plate: '粤G12A3B', until }
    expect(stepOf(application({ state: 'selecting', checked_here: true, choice }))).toBe('final')
    const held = { ...choice, composed: true, final: false }
    expect(stepOf(application({ state: 'selecting', checked_here: true, choice: held }))).toBe('select')
  })

  it('lets the address lead back to the form and on to the check, and nowhere else', () => {
    expect(stepOf(application({ state: 'info_submitted' }), 'edit')).toBe('info')
    expect(stepOf(application({ state: 'info_confirmed' }), 'edit')).toBe('explanation')
    expect(stepOf(application({ state: 'info_confirmed' }), 'check')).toBe('check')
    expect(stepOf(application({ state: 'selecting', checked_here: true }), 'check')).toBe('select')
    expect(stepOf(application(), 'check')).toBe('info')
  })

  it('checks nobody by a code whom the terms do not, or whose vehicle is not verified', () => {
    expect(stepOf(application({ state: 'info_confirmed', terms: hebei }), 'check')).toBe('explanation')
    expect(stepOf(application({ state: 'info_confirmed', verification: 'pending' }), 'check')).toBe('explanation')
    expect(stepOf(application({ state: 'info_confirmed', verification: 'verified' }), 'check')).toBe('check')
  })

  it('is the end when nothing is left and nothing waits (R-SEL-12)', () => {
    const over = { state: 'selecting', counters: spent, checked_here: true } as const
    expect(stepOf(application(over))).toBe('ended')
    const holding = { column: [], basket: ['粤G12A3B'], basket_until: until }
    expect(isSpent(application({ ...over, holding }))).toBe(false)
    expect(stepOf(application({ ...over, holding }))).toBe('select')
    expect(stepOf(application({ ...over, operation_pending: true }))).toBe('select')
    expect(isSpent(application({ ...over, counters: { compose_left: 0, draws_left: 1 } }))).toBe(false)
  })
})

describe('the way', () => {
  it('has the SMS code where the terms ask for it', () => {
    expect(wayOf(guangdong)).toEqual(['info', 'confirm', 'explanation', 'check', 'select', 'done'])
    expect(wayOf(hebei)).toEqual(['info', 'confirm', 'explanation', 'select', 'final', 'done'])
  })
})
