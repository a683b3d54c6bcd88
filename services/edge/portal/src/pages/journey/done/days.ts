/** How far a civil day is, counted as people count: tomorrow is one day away, whatever the hour. */
import { dateOf } from '@/i18n/dates'

const DAY_MS = 86_400_000

/** Days from today in the place until `day` (`2026-11-26`); 0 on that day, negative after it. */
export function daysUntil(day: string, now: number): number {
  const today = dateOf(new Date(now).toISOString())
  return Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY_MS)
}
