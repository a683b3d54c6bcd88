/**
 * One thing the citizen wants done: it is sent until the platform has answered, and pressing again after
 * a silence repeats the same request instead of making a second one.
 */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { newRequestId, Unanswered } from '@/api'

export interface Wish<A extends unknown[], T> {
  /** Does it; `undefined` when it was refused, not answered, or is under way already. */
  carryOut: (...args: A) => Promise<T | undefined>
  readonly busy: Ref<boolean>
  /** Why it was not done. */
  readonly problem: ShallowRef<unknown>
}

export function useWish<A extends unknown[], T>(act: (requestId: string, ...args: A) => Promise<T>): Wish<A, T> {
  const busy = ref(false)
  const problem = shallowRef<unknown>()
  let open: { id: string; what: string } | undefined

  async function carryOut(...args: A): Promise<T | undefined> {
    if (busy.value) return undefined
    const what = JSON.stringify(args)
    if (open?.what !== what) open = { id: newRequestId(), what }
    busy.value = true
    problem.value = undefined
    try {
      const done = await act(open.id, ...args)
      open = undefined
      return done
    } catch (error) {
      problem.value = error
      if (!(error instanceof Unanswered)) open = undefined
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { carryOut, busy, problem }
}
