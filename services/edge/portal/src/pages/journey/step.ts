/**
 * Which step an application is at. It follows from the platform's answer alone, so that a reload, a second
 * tab or a telephone that was asleep go on in place; the address only tells two ways back from each other.
 */
import type { Application, Terms } from '@/api'

export type Step = 'info' | 'confirm' | 'explanation' | 'check' | 'select' | 'final' | 'done' | 'ended'

/** Steps that the bar shows. */
export type BarStep = Exclude<Step, 'ended'>

/** The way as the terms make it: an SMS code before selecting, after choosing, both or neither. */
export function wayOf(terms: Pick<Terms, 'check_before_selecting' | 'check_after_choosing'>): readonly BarStep[] {
  const way: BarStep[] = ['info', 'confirm', 'explanation', 'check', 'select', 'final', 'done']
  return way.filter(
    (step) => (step !== 'check' || terms.check_before_selecting) && (step !== 'final' || terms.check_after_choosing),
  )
}

/** Both counters are used up and nothing waits: the platform is about to say so itself. */
export function isSpent(application: Application): boolean {
  const { counters, holding, choice, operation_pending: pending } = application
  const holds = holding ? holding.column.length + holding.basket.length > 0 : false
  return counters.compose_left + counters.draws_left === 0 && !holds && !choice && !pending
}

/** `asked` is the `step` of the address: `edit` goes back to the form, `check` on to the identity check. */
export function stepOf(application: Application, asked?: unknown): Step {
  switch (application.state) {
    case 'notice_agreed':
      return 'info'
    case 'info_submitted':
      return asked === 'edit' ? 'info' : 'confirm'
    case 'info_confirmed':
    case 'selecting':
      return selecting(application, asked)
    case 'confirmed':
      return 'done'
    default:
      return 'ended'
  }
}

function selecting(application: Application, asked: unknown): Step {
  if (isSpent(application)) return 'ended'
  if (application.state === 'selecting' && application.checked_here) {
    return application.choice?.final ? 'final' : 'select'
  }
  const checks = application.terms.check_before_selecting && (application.verification ?? 'verified') === 'verified'
  return asked === 'check' && checks ? 'check' : 'explanation'
}
