/** What a reader chose for this browser: language and large characters. Kept on the device only. */
import { ref, watchEffect } from 'vue'

export type Language = 'zh-CN' | 'en'

const KEY = 'xuanhao.preferences'

interface Kept {
  language?: Language
  large?: boolean
}

function read(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Kept
  } catch {
    // Private windows may have no storage; then choices last as long as the page.
    return {}
  }
}

const kept = read()

export const language = ref<Language>(kept.language === 'en' ? 'en' : 'zh-CN')
/** 长辈版. */
export const large = ref(kept.large === true)

export function applyPreferences(): void {
  watchEffect(() => {
    document.documentElement.lang = language.value
    document.documentElement.toggleAttribute('data-large', large.value)
    try {
      localStorage.setItem(KEY, JSON.stringify({ language: language.value, large: large.value }))
    } catch {
      // As above.
    }
  })
}
