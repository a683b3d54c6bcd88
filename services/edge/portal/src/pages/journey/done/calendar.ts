/**
 * The last day to register as a calendar file (RFC 5545), made on the device: a whole day, with an alarm in
 * the morning two days and one day before.
 */

export interface Reminder {
  /** Names the event for ever, so that adding it twice makes one. */
  readonly uid: string
  /** Civil date, `2026-11-26`. */
  readonly day: string
  /** Milliseconds since 1970. */
  readonly madeAt: number
  readonly summary: string
  readonly description: string
  readonly location: string
}

/** Before the day's first minute: at nine in the morning two days, and one day, before. */
const ALARMS = ['-P1DT15H', '-PT15H']
const LINE_OCTETS = 75

export function calendarFile(reminder: Reminder): string {
  const alarms = ALARMS.map((trigger) => [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `TRIGGER:${trigger}`,
    `DESCRIPTION:${escaped(reminder.summary)}`,
    'END:VALARM',
  ])
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Xuanhao//Portal//ZH',
    'METHOD:PUBLISH',
    'BEGIN:VEVENT',
    `UID:${escaped(reminder.uid)}`,
    `DTSTAMP:${stamp(reminder.madeAt)}`,
    `DTSTART;VALUE=DATE:${compact(reminder.day)}`,
    `DTEND;VALUE=DATE:${compact(dayAfter(reminder.day))}`,
    `SUMMARY:${escaped(reminder.summary)}`,
    `DESCRIPTION:${escaped(reminder.description)}`,
    `LOCATION:${escaped(reminder.location)}`,
    'TRANSP:TRANSPARENT',
    ...alarms.reduce((all, alarm) => all.concat(alarm), []),
    'END:VEVENT',
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

function compact(day: string): string {
  return day.replace(/-/g, '')
}

function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 10)
}

function stamp(at: number): string {
  return `${new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n')
}

/** At most 75 octets a line; what follows begins with a blank, and no character is cut in two. */
function folded(line: string): string {
  let octets = 0
  let text = ''
  for (const character of line) {
    const size = new TextEncoder().encode(character).length
    if (octets + size > LINE_OCTETS) {
      text += '\r\n '
      octets = 1
    }
    text += character
    octets += size
  }
  return text
}
