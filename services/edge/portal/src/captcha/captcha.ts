/** A captcha on the page: asked for, answered by the citizen or by the device, and good for one use. */
import { ref, shallowRef } from 'vue'
import { answer, api, type Captcha } from '@/api'
import { large } from '@/state/preferences'
import { solveElsewhere } from './puzzle'

export interface CaptchaAnswer {
  captcha_id: string
  captcha_answer: string
}

export type CaptchaState = ReturnType<typeof useCaptcha>

export function useCaptcha() {
  const shown = shallowRef<Captcha>()
  const text = ref('')
  const solving = ref(false)
  const problem = shallowRef<unknown>()

  /** A new one; the old one is of no use any more. */
  async function renew(byDevice = false): Promise<void> {
    problem.value = undefined
    text.value = ''
    solving.value = byDevice
    try {
      const form = byDevice ? ('proof_of_work' as const) : ('picture' as const)
      shown.value = await answer(api.POST('/api/v1/captchas', { body: { form, large: large.value } }))
      if (shown.value.puzzle) text.value = await solveElsewhere(shown.value.puzzle)
    } catch (error) {
      problem.value = error
    } finally {
      solving.value = false
    }
  }

  /** What is told back with the act that it protects; nothing while it is not answered. */
  function answered(): CaptchaAnswer | undefined {
    const filled = text.value.trim()
    if (!shown.value || filled === '') return undefined
    return { captcha_id: shown.value.captcha_id, captcha_answer: filled }
  }

  return { shown, text, solving, problem, renew, answered }
}
