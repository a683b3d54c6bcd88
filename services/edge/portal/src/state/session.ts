/** Who is signed in, as far as this page knows. The session itself is a cookie no script can read. */
import { ref, shallowRef } from 'vue'
import { answer, api, isRefused, type Account } from '@/api'

export const account = shallowRef<Account>()
/** Set while an initial password has to be replaced before anything else. */
export const mustChangePassword = ref(false)

let known: Promise<void> | undefined

/** Asks once who is signed in; pages that need to know wait for it. */
export function knowSession(): Promise<void> {
  known ??= answer(api.GET('/api/v1/account')).then(
    (found) => void (account.value = found),
    (error: unknown) => {
      if (!isRefused(error, 'UNAUTHENTICATED', 'SESSION_EXPIRED')) known = undefined
    },
  )
  return known
}

export async function signIn(loginName: string, password: string): Promise<void> {
  const session = await answer(api.POST('/api/v1/session', { body: { login_name: loginName, password } }))
  account.value = session.account
  mustChangePassword.value = session.must_change_password
  known = Promise.resolve()
}

export async function signOut(): Promise<void> {
  await answer(api.DELETE('/api/v1/session'))
  forgetSession()
}

/** The session is over, whoever ended it. */
export function forgetSession(): void {
  account.value = undefined
  mustChangePassword.value = false
  known = Promise.resolve()
}
