/** Whether the platform answers, for the banner at the head of every page. */
import { computed, ref } from 'vue'

const hasNetwork = ref(navigator.onLine)
const last = ref<'answered' | 'busy' | 'unanswered'>('answered')

if (typeof window !== 'undefined') {
  window.addEventListener('online', () => (hasNetwork.value = true))
  window.addEventListener('offline', () => (hasNetwork.value = false))
}

export const connection = {
  state: computed(() => (hasNetwork.value ? last.value : 'offline')),
  answered: () => void (last.value = 'answered'),
  busy: () => void (last.value = 'busy'),
  unanswered: () => void (last.value = 'unanswered'),
}
