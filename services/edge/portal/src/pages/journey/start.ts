/** Entering selecting: with the proof of a code where the terms ask for one, else at once. */
import { answer, api } from '@/api'
import type { Store } from '@/state/application'

export async function startSelecting(
  store: Store,
  requestId: string,
  wish: { proof?: string; moreTime: boolean },
): Promise<void> {
  const sent = performance.now()
  const told = await answer(
    api.POST('/api/v1/applications/{application_id}/start', {
      params: { path: { application_id: store.id }, header: { 'Idempotency-Key': requestId } },
      body: { more_time: wish.moreTime, ...(wish.proof === undefined ? {} : { challenge_proof: wish.proof }) },
    }),
  )
  store.take(told, sent)
}
