/** The platform's API, typed by its own document. */
import createClient from 'openapi-fetch'
import type { components, paths } from './schema'
import { Refused, Unanswered, type Problem } from './problem'
import { send } from './transport'

export { Refused, Unanswered, isRefused, type Problem } from './problem'

type Schemas = components['schemas']
export type Account = Schemas['Account']
export type Application = Schemas['Application']
export type Captcha = Schemas['Captcha']
export type Challenge = Schemas['Challenge']
export type Entry = Schemas['Entry']
export type Notice = Schemas['Notice']
export type Office = Schemas['Office']
export type Outcome = Schemas['Outcome']
export type Pool = Schemas['Pool']
export type Purpose = Schemas['Purpose']
export type Terms = Schemas['Terms']

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send })

/**
 * The answer of a call.
 *
 * @throws {Refused} with the platform's reason.
 * @throws {Unanswered} when no answer came; the same request id may be sent again.
 */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const told = await call.catch((cause: unknown) => {
    throw new Unanswered(cause)
  })
  if (told.response.ok) return told.data as T
  throw new Refused(asProblem(told.error, told.response))
}

/** What stands between us and the platform may answer in its own way. */
function asProblem(error: unknown, response: Response): Problem {
  if (typeof error === 'object' && error !== null && 'code' in error) return error as Problem
  throw new Unanswered(response.status)
}

/** An id for one wish of the citizen: however often it is sent, it is carried out once. */
export function newRequestId(): string {
  if ('randomUUID' in crypto) return crypto.randomUUID()
  const bytes = (crypto as Crypto).getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
