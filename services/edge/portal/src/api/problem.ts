/**
 * What may come back instead of an answer: a refusal with its reason (RFC 9457), or nothing at all.
 */
import type { components } from './schema'

export type Problem = components['schemas']['Problem']

/** The platform refused, and says why in the reader's language. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title)
    this.name = 'Refused'
  }

  get code(): string {
    return this.problem.code
  }

  get field(): string | undefined {
    return this.problem.field ?? undefined
  }

  /** Seconds after which the same may be tried again. */
  get retryAfter(): number | undefined {
    return this.problem.retry_after_s ?? undefined
  }

  parameter(name: string): string | undefined {
    return this.problem.parameters?.[name]
  }
}

/** No answer came. Whether the request was carried out is not known. */
export class Unanswered extends Error {
  constructor(cause?: unknown) {
    super('no answer', { cause })
    this.name = 'Unanswered'
  }
}

export function isRefused(error: unknown, ...codes: string[]): error is Refused {
  return error instanceof Refused && (codes.length === 0 || codes.includes(error.code))
}
