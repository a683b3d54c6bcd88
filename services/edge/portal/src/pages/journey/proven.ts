/**
 * An act that an SMS code has to precede. The code is proven once; what comes after it may be repeated with
 * the same proof until it is done, or until another code is sent.
 */
import { computed, ref, shallowRef, watch } from 'vue'
import { isRefused, type Purpose } from '@/api'
import { useCode } from '@/sms/code'
import { useWish } from '@/state/wish'

export function useProven<A extends unknown[]>(
  purpose: Purpose,
  act: (requestId: string, proof: string, ...args: A) => Promise<unknown>,
) {
  const sms = useCode(purpose)
  /** What is wrong with the code itself. */
  const wrong = ref<string>()
  const unproven = shallowRef<unknown>()
  const proving = ref(false)
  const acting = useWish(async (requestId: string, proof: string, ...args: A) => {
    await act(requestId, proof, ...args)
    return true
  })
  let proof: string | undefined

  watch([sms.challenge, sms.code], () => {
    proof = undefined
    wrong.value = undefined
  })

  async function prove(): Promise<boolean> {
    proving.value = true
    try {
      proof ??= await sms.prove()
      return true
    } catch (error) {
      if (isRefused(error)) wrong.value = error.problem.title
      else unproven.value = error
      return false
    } finally {
      proving.value = false
    }
  }

  /** Whether it was done. */
  async function carryOut(...args: A): Promise<boolean> {
    if (proving.value || acting.busy.value) return false
    wrong.value = undefined
    unproven.value = undefined
    acting.problem.value = undefined
    if (!(await prove()) || proof === undefined) return false
    const done = await acting.carryOut(proof, ...args)
    if (isRefused(acting.problem.value, 'PROOF_INVALID', 'PROOF_USED')) proof = undefined
    return done === true
  }

  return {
    sms,
    wrong,
    busy: computed(() => proving.value || acting.busy.value),
    problem: computed(() => unproven.value ?? acting.problem.value),
    carryOut,
  }
}
