/** Instants and dates as people of the place read them: always in the time of Beijing. */
import { language, type Language } from '@/state/preferences'

const ZONE = 'Asia/Shanghai'

function format(options: Intl.DateTimeFormatOptions, time: number, locale: Language = language.value): string {
  return new Intl.DateTimeFormat(locale, { timeZone: ZONE, ...options }).format(time)
}

/** An instant to the minute: 2026年11月23日 09:00. */
export function minute(instant: string): string {
  return format(
    { year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false },
    Date.parse(instant),
  )
}

/** An instant to the second. */
export function second(instant: string, locale: Language = language.value): string {
  return format(
    {
      year: 'numeric',
      month: 'long',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hour12: false,
    },
    Date.parse(instant),
    locale,
  )
}

/** A civil date (`2026-11-26`) with its day of the week: 2026年11月26日（周四）. */
export function day(date: string, locale: Language = language.value): string {
  // Noon in any zone is the same day there.
  const noon = Date.parse(`${date}T04:00:00Z`)
  const whole = { year: 'numeric', month: 'long', day: 'numeric' } as const
  if (locale === 'en') return format({ ...whole, weekday: 'short' }, noon, locale)
  return `${format(whole, noon, locale)}（${format({ weekday: 'short' }, noon, locale)}）`
}

/** The civil date of an instant. */
export function dateOf(instant: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(Date.parse(instant))
}

/** A length of time, `4:05` or `1:04:05`. */
export function clock(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
