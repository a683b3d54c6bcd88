/** What was submitted, as the platform shows it again: masked, in four blocks. */
import { onMounted, shallowRef } from 'vue'
import { answer, api } from '@/api'
import type { components } from '@/api/schema'

export type SubmittedInfo = components['schemas']['SubmittedInfo']

export function useSubmitted(application: string) {
  const info = shallowRef<SubmittedInfo>()
  const problem = shallowRef<unknown>()

  async function load(): Promise<void> {
    problem.value = undefined
    try {
      info.value = await answer(
        api.GET('/api/v1/applications/{application_id}/submitted-info', {
          params: { path: { application_id: application } },
        }),
      )
    } catch (error) {
      problem.value = error
    }
  }

  onMounted(load)
  return { info, problem, load }
}
