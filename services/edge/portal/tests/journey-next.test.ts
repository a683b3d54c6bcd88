import { describe, expect, it } from 'vitest'
import { Refused, Unanswered, type Problem } from '@/api/problem'
import { nextOf } from '@/pages/journey/next'

function refused(code: string): Refused {
  const problem: Problem = { code, title: code, status: 409, type: `urn:xuanhao:problem:${code.toLowerCase()}` }
  return new Refused(problem)
}

describe('what is next after a refusal', () => {
  it.each([
    ['SESSION_EXPIRED', 'sign-in'],
    ['BLACKLISTED', 'banned'],
    ['OUTSIDE_SERVICE_HOURS', 'hours'],
    ['ENROLMENT_REQUIRED', 'enrol'],
    ['AUTHORISATION_EXPIRED', 'enrol-organisation'],
    ['UNDER_REVIEW', 'review'],
    ['VIN_IN_USE', 'at-the-office'],
    ['EXHAUSTED', 'at-the-office'],
    ['INFO_LOCKED', 'reload'],
    ['UNAVAILABLE', 'retry'],
  ])('%s: %s', (code, next) => expect(nextOf(refused(code))).toBe(next))

  it.each(['VIN_CHECK_DIGIT', 'FIELD_REQUIRED', 'PROOF_USED', 'CHALLENGE_CODE_WRONG', 'BUYER_MISMATCH'])(
    '%s is answered on the page itself',
    (code) => expect(nextOf(refused(code))).toBeUndefined(),
  )

  it('is trying again where nobody answered', () => {
    expect(nextOf(new Unanswered())).toBe('retry')
    expect(nextOf(undefined)).toBeUndefined()
  })

  it('at the door of an office is the application that is further on there', () => {
    expect(nextOf(refused('ALREADY_CONFIRMED'), true)).toBe('several')
    expect(nextOf(refused('ALREADY_CONFIRMED'))).toBe('reload')
  })
})
