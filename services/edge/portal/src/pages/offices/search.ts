/**
 * Finding an office by what people know of it: its place, its province, or the characters on the plates
 * there (粤G, or only G). Letters also find places by their pinyin.
 */
import type { Office } from '@/api'

export interface ProvinceOffices {
  /** The province's id, gd. */
  readonly id: string
  readonly name: string
  readonly offices: readonly Office[]
}

/** What follows the name of a place without telling it from another. */
const TAILS = /(车辆管理所|车管所|特别行政区|自治区|自治州|地区|省|市|州|盟)$/

/** Capitals, full-width forms as ASCII, without blanks and the dot of a plate. */
function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s·.-]/g, '')
}

function bare(text: string): string {
  const shorter = text.replace(TAILS, '')
  return shorter.length < 2 || shorter === text ? text : bare(shorter)
}

/** The pinyin of the place, as the office's id writes it: gd-zhanjiang → ZHANJIANG. */
function pinyin(office: Office): string {
  return folded(office.office.slice(office.office.indexOf('-') + 1))
}

/** How well an office fits, 0 best; undefined when it does not. */
function fit(office: Office, wanted: string): number | undefined {
  if (office.name === wanted || office.issuing_codes.includes(wanted)) return 0
  // A letter alone means the second character of the plates.
  if (/^[A-Z]$/.test(wanted)) return office.issuing_codes.some((code) => code.endsWith(wanted)) ? 1 : undefined
  if (office.name.startsWith(wanted) || pinyin(office).startsWith(wanted)) return 1
  const whole = office.province_name + office.name
  if (office.issuing_codes.some((code) => code.startsWith(wanted))) return 2
  if (whole.includes(wanted)) return 3
  // 广东省湛江市: the words between are left out.
  return wanted.startsWith(office.province_name) && wanted.endsWith(office.name) ? 3 : undefined
}

/** The offices that fit, the best first, else in the order of the national table. A whole number finds its office too. */
export function find(offices: readonly Office[], text: string): Office[] {
  const typed = folded(text)
  if (!typed) return []
  const plate = /^[\u4e00-\u9fff][A-Z][0-9A-Z]*$/.test(typed)
  const wanted = plate ? typed.slice(0, 2) : bare(typed)
  return offices
    .map((office, place) => ({ office, place, fit: fit(office, wanted) }))
    .filter((found): found is typeof found & { fit: number } => found.fit !== undefined)
    .sort((a, b) => a.fit - b.fit || a.place - b.place)
    .map((found) => found.office)
}

/** The offices of each province, in the order they came. */
export function byProvince(offices: readonly Office[]): ProvinceOffices[] {
  const provinces = new Map<string, { id: string; name: string; offices: Office[] }>()
  for (const office of offices) {
    const known = provinces.get(office.province)
    if (known) known.offices.push(office)
    else provinces.set(office.province, { id: office.province, name: office.province_name, offices: [office] })
  }
  return Array.from(provinces.values())
}

/** 粤G、粤S; a city of 24 letters is told by its first and last. */
export function codes(office: Office, between: string): string {
  const all = office.issuing_codes
  return all.length > 4 ? `${all[0]!}–${all[all.length - 1]!.slice(1)}` : all.join(between)
}

/** The place in pinyin for readers of Latin letters: Zhanjiang. */
export function latin(office: Office): string {
  const letters = pinyin(office)
  return letters.charAt(0) + letters.slice(1).toLowerCase()
}
