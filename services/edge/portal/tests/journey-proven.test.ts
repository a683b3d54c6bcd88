import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { Refused, Unanswered } from '@/api'
import { useProven } from '@/pages/journey/proven'

const challenge = {
  challenge_id: '0190f5a0-0000-7000-8000-0000000000c1',
  mobile_masked: '138****8000',
  expires_at: '2099-01-01T00:05:00Z',
  resend_at: '2099-01-01T00:01:00Z',
}

let verified = 0
let scope: EffectScope | undefined

function platform(): void {
  verified = 0
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.url.endsWith('/challenges')) return Response.json(challenge)
    const { code } = (await request.json()) as { code: string }
    if (code !== '123456') {
      const problem = { code: 'CHALLENGE_CODE_WRONG', title: '短信验证码错误', status: 400, type: 'urn:x' }
      return Response.json(problem, { status: 400 })
    }
    verified += 1
    return Response.json({ proof: `proof-${verified}`, expires_at: challenge.expires_at })
  })
}

async function ready(act: (requestId: string, proof: string) => Promise<unknown>, code = '123456') {
  platform()
  scope = effectScope()
  const proven = scope.run(() => useProven('confirm_info', act))!
  await proven.sms.send({ subject: 'a' })
  proven.sms.code.value = code
  await Promise.resolve()
  return proven
}

afterEach(() => {
  scope?.stop()
  vi.unstubAllGlobals()
})

describe('an act behind an SMS code', () => {
  it('proves the code once and repeats a silence with the same proof under the same id', async () => {
    const asked: string[][] = []
    const proven = await ready(async (requestId, proof) => {
      asked.push([requestId, proof])
      if (asked.length === 1) throw new Unanswered()
    })
    expect(await proven.carryOut()).toBe(false)
    expect(proven.problem.value).toBeInstanceOf(Unanswered)
    expect(await proven.carryOut()).toBe(true)
    expect(proven.problem.value).toBeUndefined()
    expect(asked[1]).toEqual(asked[0])
    expect(verified).toBe(1)
  })

  it('does nothing with a wrong code, and says so at the code', async () => {
    const act = vi.fn()
    const proven = await ready(act, '000000')
    expect(await proven.carryOut()).toBe(false)
    expect(proven.wrong.value).toBe('短信验证码错误')
    expect(proven.problem.value).toBeUndefined()
    expect(act).not.toHaveBeenCalled()
    proven.sms.code.value = '123456'
    await Promise.resolve()
    expect(proven.wrong.value).toBeUndefined()
  })

  it('asks for another proof when the first is of no use any more', async () => {
    const proofs: string[] = []
    const proven = await ready(async (_, proof) => {
      proofs.push(proof)
      throw new Refused({ code: 'PROOF_USED', title: '已使用', status: 409, type: 'urn:x' })
    })
    await proven.carryOut()
    await proven.carryOut()
    expect(proofs).toEqual(['proof-1', 'proof-2'])
  })
})
