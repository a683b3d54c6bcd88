import { describe, expect, it } from 'vitest'
import { calendarFile } from '@/pages/journey/done/calendar'
import { daysUntil } from '@/pages/journey/done/days'

const reminder = {
  uid: '7K3F-9QXM-2HTA@xuanhao',
  day: '2026-11-30',
  madeAt: Date.parse('2026-11-23T04:00:02.500Z'),
  summary: '最后一天：办理 粤G·12A3B 注册登记',
  description: '请携带：身份证，发票；凭证, 车辆\n逾期号牌收回',
  location: '湛江车管所',
}

function unfolded(file: string): string[] {
  return file.replace(/\r\n /g, '').split('\r\n')
}

describe('the calendar file', () => {
  const file = calendarFile(reminder)
  const lines = unfolded(file)

  it('is a whole day that is named for ever', () => {
    expect(lines).toContain('UID:7K3F-9QXM-2HTA@xuanhao')
    expect(lines).toContain('DTSTAMP:20261123T040002Z')
    expect(lines).toContain('DTSTART;VALUE=DATE:20261130')
    expect(lines).toContain('DTEND;VALUE=DATE:20261201')
  })

  it('wakes at nine in the morning two days and one day before', () => {
    const day = Date.parse('2026-11-30T00:00:00+08:00')
    const triggers = lines.filter((line) => line.startsWith('TRIGGER:'))
    const at = triggers.map((line) => {
      const [, days, hours] = /^TRIGGER:-P(?:(\d+)D)?T(\d+)H$/.exec(line)!
      return new Date(day - (Number(days ?? 0) * 24 + Number(hours)) * 3_600_000).toISOString()
    })
    // 09:00 in Beijing is 01:00 UTC.
    expect(at).toEqual(['2026-11-28T01:00:00.000Z', '2026-11-29T01:00:00.000Z'])
  })

  it('is well formed: pairs, line ends, escapes and lines of at most 75 octets', () => {
    const count = (text: string) => lines.filter((line) => line.startsWith(text)).length
    expect(count('BEGIN:')).toBe(count('END:'))
    expect(file.endsWith('END:VCALENDAR\r\n')).toBe(true)
    expect(file.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/)
    expect(lines).toContain('DESCRIPTION:请携带：身份证，发票；凭证\\, 车辆\\n逾期号牌收回')
    const octets = file.split('\r\n').map((line) => new TextEncoder().encode(line).length)
    expect(Math.max(...octets)).toBeLessThanOrEqual(75)
    expect(octets.length).toBeGreaterThan(lines.length)
  })
})

describe('days until the last day', () => {
  it('are counted by the calendar of the place, whatever the hour', () => {
    expect(daysUntil('2026-11-26', Date.parse('2026-11-23T00:00:00+08:00'))).toBe(3)
    expect(daysUntil('2026-11-26', Date.parse('2026-11-23T23:59:59+08:00'))).toBe(3)
    expect(daysUntil('2026-11-26', Date.parse('2026-11-25T23:59:59+08:00'))).toBe(1)
    expect(daysUntil('2026-11-26', Date.parse('2026-11-26T23:59:59+08:00'))).toBe(0)
    expect(daysUntil('2026-11-26', Date.parse('2026-11-27T00:00:00+08:00'))).toBe(-1)
  })
})
