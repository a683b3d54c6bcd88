/**
 * How requests travel: sent again with the same request id while nobody answers or the platform is too
 * busy, and with the visit that strangers need.
 *
 * Sending again is safe because the platform recognises a request id. What the page shows meanwhile is
 * in `connection`.
 */
import { connection } from '@/state/connection'
import { observeServerTime } from '@/state/clock'
import { language } from '@/state/preferences'

/** Answers that mean "not now", not "no". */
const NOT_NOW = [502, 503, 504]
/** How often a request is sent before the citizen is asked. */
const ATTEMPTS = 5
/** A wait that is longer is the citizen's decision. */
const LONGEST_WAIT_S = 20
/** After this an answer is not waited for: the platform itself gives up earlier. */
const ANSWER_WITHIN_MS = 15_000
const VISITS = '/api/v1/visits'

export async function send(request: Request): Promise<Response> {
  request.headers.set('Accept-Language', language.value)
  let visited = false
  for (let attempt = 1; ; attempt += 1) {
    const response = await once(request.clone()).catch((error: unknown) => {
      if (attempt >= ATTEMPTS) throw error
      return undefined
    })
    if (response?.status === 400 && !visited && (await code(response)) === 'VISIT_REQUIRED') {
      visited = true
      await once(new Request(VISITS, { method: 'POST' }))
      continue
    }
    if (response && !NOT_NOW.includes(response.status)) {
      connection.answered()
      return response
    }
    const wait = pause(attempt, response)
    if (response) {
      connection.busy()
      if (attempt >= ATTEMPTS || wait > LONGEST_WAIT_S) return response
    } else {
      connection.unanswered()
    }
    await sleep(wait)
  }
}

async function once(request: Request): Promise<Response> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), ANSWER_WITHIN_MS)
  const sent = performance.now()
  try {
    const response = await fetch(request, { signal: giveUp.signal, credentials: 'same-origin' })
    observeServerTime(response.headers.get('date'), sent)
    return response
  } finally {
    clearTimeout(timer)
  }
}

async function code(response: Response): Promise<string | undefined> {
  try {
    return ((await response.clone().json()) as { code?: string }).code
  } catch {
    return undefined
  }
}

/** Seconds until the next attempt: what the platform says, spread, so that a crowd does not come back at once. */
function pause(attempt: number, response: Response | undefined): number {
  const told = Number(response?.headers.get('retry-after') ?? Number.NaN)
  const base = Number.isFinite(told) ? told : 2 ** (attempt - 1) * 0.5
  return base * (1 + Math.random() / 2)
}

function sleep(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000))
}
