/** What screen readers are told without the focus moving: one line, read when they have finished. */
import { ref } from 'vue'

export const announcement = ref('')

let timer: ReturnType<typeof setTimeout> | undefined

export function announce(text: string): void {
  // The same text twice is no change, and would not be read.
  announcement.value = ''
  clearTimeout(timer)
  timer = setTimeout(() => (announcement.value = text), 50)
}
