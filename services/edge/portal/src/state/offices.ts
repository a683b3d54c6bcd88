/** The vehicle offices of the country, asked for once: the list is the same for everybody. */
import { computed, shallowRef, toValue, type MaybeRefOrGetter } from 'vue'
import { answer, api, type Office } from '@/api'

const offices = shallowRef<readonly Office[]>([])
let asked: Promise<void> | undefined

/** Asks for the list; a failure is told to the caller and asked again next time. */
export function loadOffices(): Promise<void> {
  asked ??= answer(api.GET('/api/v1/offices')).then(
    (told) => void (offices.value = told.offices),
    (error: unknown) => {
      asked = undefined
      throw error
    },
  )
  return asked
}

export function useOffices() {
  return offices
}

export function useOffice(id: MaybeRefOrGetter<string | undefined>) {
  return computed(() => offices.value.find((office) => office.office === toValue(id)))
}

/** The issuing codes of an office, 粤G. */
export function useIssuingCodes(id: MaybeRefOrGetter<string | undefined>) {
  const office = useOffice(id)
  return { codes: computed(() => office.value?.issuing_codes ?? []) }
}
