/**
 * Which keys there are and which of them can lead to a published number (R-SEL-01, R-POOL-05), as the
 * platform says. Answers are kept: a character erased asks nothing.
 */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { answer, api } from '@/api'
import type { components } from '@/api/schema'

type Answer = components['schemas']['ApplicationKeyboard']

export function useKeyboard(application: string, issuingCode: Ref<string>, partial: Ref<string>, place: Ref<number>) {
  const known = shallowRef<ReadonlyMap<string, Answer>>(new Map())
  const keys = ref('')
  const problem = shallowRef<unknown>()
  const key = computed(() => `${issuingCode.value}/${partial.value}`)
  let last: Answer | undefined

  async function ask(): Promise<void> {
    const wanted = key.value
    if (known.value.has(wanted) || issuingCode.value === '') return
    try {
      const told = await answer(
        api.GET('/api/v1/applications/{application_id}/keyboard', {
          params: {
            path: { application_id: application },
            query: { issuing_code: issuingCode.value, partial: partial.value },
          },
        }),
      )
      problem.value = undefined
      known.value = new Map(known.value).set(wanted, told)
      // A layout that jumps under the finger protects nobody: it is laid out anew for each row only.
      if (keys.value === '') keys.value = told.keys
    } catch (error) {
      problem.value = error
    }
  }

  /** Lays the keys out anew, where the platform scrambles them. */
  function shuffle(): void {
    const told = known.value.get(key.value)
    if (told && !told.scrambled) return
    keys.value = ''
    known.value = new Map()
    void ask()
  }

  watch(key, ask, { immediate: true })

  /** What may stand at the cursor. While an answer is on its way, what could before is shown. */
  const enabled = computed(() => {
    const told = known.value.get(key.value)
    if (told) last = told
    return last?.characters[place.value] ?? ''
  })
  const isKnown = computed(() => known.value.has(key.value))

  return { keys, enabled, isKnown, problem, shuffle, ask }
}
