/**
 * Words in two languages. Each room keeps its own, both languages side by side in a `words.ts`, so that
 * they come with the page that needs them and a missing one does not compile.
 *
 * A text with a figure or a name in it is a function.
 */
import { computed, type ComputedRef } from 'vue'
import { language } from '@/state/preferences'

type Text = string | ((...values: never[]) => string)
export interface Words {
  [key: string]: Text | readonly string[] | Words
}

/** The same keys, with texts of the other language. */
type Same<W> = {
  [K in keyof W]: W[K] extends string
    ? string
    : W[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : W[K] extends readonly string[]
        ? readonly string[]
        : Same<W[K]>
}

export interface Bilingual<W> {
  readonly zh: W
  readonly en: Same<W>
}

/** Chinese first, English second. */
export function bilingual<const W extends Words>(zh: W, en: Same<W>): Bilingual<W> {
  return { zh, en }
}

/** The reader's one of both, which follows the language switch. */
export function useWords<W>(words: Bilingual<W>): ComputedRef<Same<W>> {
  return computed(() => (language.value === 'en' ? words.en : (words.zh as Same<W>)))
}
