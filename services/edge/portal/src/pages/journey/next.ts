/** What a citizen can do after a refusal, besides what its words say. */
import { isRefused } from '@/api'

export type Next =
  | 'sign-in'
  | 'reload'
  | 'retry'
  | 'applications'
  | 'offices'
  | 'review'
  | 'banned'
  | 'hours'
  | 'paused'
  | 'several'
  | 'enrol'
  | 'enrol-organisation'
  | 'at-the-office'

const NEXT: Readonly<Record<string, Next>> = {
  UNAUTHENTICATED: 'sign-in',
  SESSION_EXPIRED: 'sign-in',
  BLACKLISTED: 'banned',
  OUTSIDE_SERVICE_HOURS: 'hours',
  SELECTION_PAUSED: 'paused',
  ENROLMENT_REQUIRED: 'enrol',
  ORGANISATION_ENROLMENT_REQUIRED: 'enrol-organisation',
  AUTHORISATION_EXPIRED: 'enrol-organisation',
  OFFICE_UNKNOWN: 'offices',
  NOT_FOUND: 'applications',
  DEADLINE_PASSED: 'applications',
  UNDER_REVIEW: 'review',
  EXHAUSTED: 'at-the-office',
  VIN_IN_USE: 'at-the-office',
  PURCHASE_PROOF_USED: 'at-the-office',
  VEHICLE_NOT_ELIGIBLE: 'at-the-office',
  VEHICLE_ALREADY_REGISTERED: 'applications',
  ALREADY_REGISTERED: 'reload',
  ALREADY_CONFIRMED: 'reload',
  APPLICATION_VOIDED: 'reload',
  APPLICATION_CLOSED: 'reload',
  INFO_LOCKED: 'reload',
  STEP_NOT_REACHED: 'reload',
  STEP_NOT_OFFERED: 'reload',
  CHANGED_MEANWHILE: 'reload',
  CHOICE_FINAL: 'reload',
  OPERATION_PENDING: 'reload',
  VERIFICATION_PENDING: 'reload',
  UNDO_TOO_LATE: 'reload',
  UNDO_USED: 'reload',
  UNDO_NOT_OFFERED: 'reload',
}

/** Refusals that a citizen answers on the page itself: by another entry, another code, or by waiting. */
const ANSWERED_HERE = [/^VIN_/, /^PURCHASE_PROOF_/, /^FIELD_/, /^PROOF_/, /^CHALLENGE_/, /^SMS_/, /^CAPTCHA_/]
const ALSO_HERE = ['BUYER_MISMATCH', 'VEHICLE_MISMATCH', 'CONFIRM_DELAY', 'CALENDAR_NOT_COVERED', 'RATE_LIMITED']

/** While an office is entered these mean that another application is further on there. */
const FURTHER_ON = ['INFO_LOCKED', 'ALREADY_CONFIRMED']

/** Nothing where the way on is on the page already. */
export function nextOf(error: unknown, isEntering = false): Next | undefined {
  if (!error) return undefined
  if (!isRefused(error)) return 'retry'
  if (isEntering && FURTHER_ON.indexOf(error.code) >= 0) return 'several'
  const known = NEXT[error.code]
  if (known) return known
  const here = ANSWERED_HERE.some((pattern) => pattern.test(error.code)) || ALSO_HERE.indexOf(error.code) >= 0
  return here ? undefined : 'retry'
}
