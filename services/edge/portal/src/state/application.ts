/**
 * The application that is being worked on. The platform's answer is the truth: every act answers with the
 * whole application, and a page that was asleep, reloaded or open twice asks for it again.
 */
import { onScopeDispose, ref, shallowRef } from 'vue'
import { answer, api, type Application } from '@/api'
import { forgetServerTime, observeNow } from './clock'

export type Store = ReturnType<typeof useApplication>

export function useApplication(id: string) {
  const application = shallowRef<Application>()
  const problem = shallowRef<unknown>()
  const loading = ref(false)
  let disposed = false
  let asked = 0

  /** Takes an answer over, unless something newer is known. */
  function take(told: Application, sent: number): void {
    observeNow(told.now, sent)
    const known = application.value
    if (!known || Date.parse(told.now) >= Date.parse(known.now)) application.value = told
  }

  async function load(): Promise<void> {
    loading.value = true
    const turn = ++asked
    const sent = performance.now()
    try {
      const told = await answer(
        api.GET('/api/v1/applications/{application_id}', { params: { path: { application_id: id } } }),
      )
      if (disposed) return
      problem.value = undefined
      take(told, sent)
    } catch (error) {
      if (turn === asked && !disposed) problem.value = error
    } finally {
      if (turn === asked) loading.value = false
    }
  }

  /** The page is looked at again: what happened meanwhile is asked for. */
  function wake(): void {
    if (document.visibilityState !== 'visible') return
    forgetServerTime()
    void load()
  }

  document.addEventListener('visibilitychange', wake)
  window.addEventListener('online', wake)
  onScopeDispose(() => {
    disposed = true
    document.removeEventListener('visibilitychange', wake)
    window.removeEventListener('online', wake)
  })

  return { id, application, problem, loading, load, take }
}
