/** The vehicle offices of the country, asked for once: the list is the same for everybody. */
import { computed, shallowRef } from 'vue'
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

export function useOffice(id: string) {
  return computed(() => offices.value.find((office) => office.office === id))
}

/** The issuing codes of an office, 粤G. */
export function useIssuingCodes(id: string) {
  const office = useOffice(id)
  return { codes: computed(() => office.value?.issuing_codes ?? []) }
}
