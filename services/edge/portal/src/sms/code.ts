/** An SMS code: sent to a number the platform knows or is told, typed in, and exchanged for a proof. */
import { computed, ref, shallowRef } from 'vue'
import { answer, api, newRequestId, type Challenge, type Purpose } from '@/api'
import type { CaptchaAnswer } from '@/captcha/captcha'
import { secondsUntil, useServerNow } from '@/state/clock'
import { useWish } from '@/state/wish'

/** What a code is asked for with, besides its purpose. */
export interface Details extends Partial<CaptchaAnswer> {
  mobile?: string
  login_name?: string
  province?: string
  /** The application's id. */
  subject?: string
}

export type CodeState = ReturnType<typeof useCode>

export const CODE_LENGTH = 6

export function useCode(purpose: Purpose) {
  const challenge = shallowRef<Challenge>()
  const code = ref('')
  const now = useServerNow()
  const resendIn = computed(() => secondsUntil(challenge.value?.resend_at, now.value))
  const isOver = computed(
    () => challenge.value !== undefined && secondsUntil(challenge.value.expires_at, now.value) === 0,
  )
  const isComplete = computed(() => challenge.value !== undefined && code.value.length === CODE_LENGTH)

  const sending = useWish((requestId: string, details: Details) =>
    answer(
      api.POST('/api/v1/challenges', {
        params: { header: { 'Idempotency-Key': requestId } },
        body: { purpose, ...details },
      }),
    ),
  )

  async function send(details: Details): Promise<boolean> {
    const sent = await sending.carryOut(details)
    if (!sent) return false
    challenge.value = sent
    code.value = ''
    return true
  }

  /** The proof that the right code was typed. */
  async function prove(): Promise<string> {
    const challengeId = challenge.value?.challenge_id ?? newRequestId()
    const told = await answer(
      api.POST('/api/v1/challenges/{challenge_id}/verify', {
        params: { path: { challenge_id: challengeId } },
        body: { code: code.value },
      }),
    )
    return told.proof
  }

  return { challenge, code, resendIn, isOver, isComplete, send, sending: sending.busy, problem: sending.problem, prove }
}
