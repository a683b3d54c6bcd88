/**
 * The platform's time. A telephone's own clock is never believed: it may be wrong, and it may be set.
 *
 * The offset comes from what the platform says in its answers; of two sayings the one that was under way
 * for the shorter time is the better. Between them the time goes on by the monotonic clock, and after the
 * page was asleep, when that clock may have stood still, it is learnt anew.
 */
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

interface Saying {
  /** Server time minus `performance.now()`, in milliseconds. */
  offset: number
  /** How far it may be off. */
  doubt: number
  at: number
}

/** How fast two clocks drift apart at worst. */
const DRIFT = 0.001
/** A `Date` header says whole seconds. */
const WHOLE_SECONDS_MS = 1000

let best: Saying | undefined

/** An answer's `Date` header; `sent` is when the request left, by `performance.now()`. */
export function observeServerTime(date: string | null, sent: number): void {
  const time = date === null ? Number.NaN : Date.parse(date)
  if (!Number.isNaN(time)) observe(time + WHOLE_SECONDS_MS / 2, sent, WHOLE_SECONDS_MS / 2)
}

/** An instant that an answer's body calls "now". */
export function observeNow(now: string, sent: number): void {
  const time = Date.parse(now)
  if (!Number.isNaN(time)) observe(time, sent, 0)
}

function observe(time: number, sent: number, coarse: number): void {
  const at = performance.now()
  const way = at - sent
  const saying = { offset: time + way / 2 - at, doubt: way / 2 + coarse, at }
  const doubtNow = best && best.doubt + (at - best.at) * DRIFT
  if (doubtNow === undefined || saying.doubt <= doubtNow) best = saying
}

/** Forgets what was learnt: the page was asleep. */
export function forgetServerTime(): void {
  best = undefined
}

/** Milliseconds since 1970 by the platform's clock; by the device's only before the first answer. */
export function serverNow(): number {
  return best ? performance.now() + best.offset : Date.now()
}

const TICK_MS = 200
const ticking = ref(0)
let listeners = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The platform's time as long as the calling scope lives, five times a second. */
export function useServerNow(): Readonly<Ref<number>> {
  ticking.value = serverNow()
  listeners += 1
  timer ??= setInterval(() => (ticking.value = serverNow()), TICK_MS)
  onScopeDispose(() => {
    listeners -= 1
    if (listeners === 0) {
      clearInterval(timer)
      timer = undefined
    }
  })
  return readonly(ticking)
}

/** Whole seconds from `now` until `instant`; never negative. What is shown never promises too much. */
export function secondsUntil(instant: string | null | undefined, now: number): number {
  if (!instant) return 0
  return Math.max(0, Math.floor((Date.parse(instant) - now) / 1000))
}
