/** The office used last, kept on this device only, so that it stands first the next time. */
const KEY = 'xuanhao.office'

export function recentOffice(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined
  } catch {
    // Private windows may have no storage: then there is no last time.
    return undefined
  }
}

export function rememberOffice(office: string): void {
  try {
    localStorage.setItem(KEY, office)
  } catch {
    // As above.
  }
}
