/** The rules of selecting as lines to read, from the terms of an application. Pure. */
import type { Terms } from '@/api'

/** The words that rules are told in, of either language. */
interface ExplainWords {
  readonly compose: string
  readonly draw: string
  readonly oneChoice: string
  readonly scrambled: string
  readonly captcha: string
  readonly composeFinal: string
  readonly drawFour: string
  readonly noBasket: string
  readonly final: string
  readonly noBan: string
  composeRule(quota: number, most: number): string
  composeMiss(most: number): string
  composeHeld(seconds: number, forfeit: boolean): string
  composeInterval(seconds: number): string
  drawRule(quota: number, count: number): string
  column(time: string): string
  basket(time: string): string
  choiceCode(time: string): string
  undo(minutes: number): string
  deadline(days: number): string
  ban(years: number): string
  seconds(n: number): string
  minutes(n: number): string
}

export interface Line {
  readonly text: string
  /** What cannot be taken back. */
  readonly strong?: boolean
}

export interface Part {
  readonly heading: string
  readonly lines: readonly Line[]
}

/** Half a minute and more of seconds reads badly once it is whole minutes. */
function time(seconds: number, say: ExplainWords): string {
  return seconds >= 60 && seconds % 60 === 0 ? say.minutes(seconds / 60) : say.seconds(seconds)
}

function composing(terms: Terms, say: ExplainWords): Part {
  const lines: Line[] = [
    { text: say.composeRule(terms.compose_quota, terms.compose_batch_max) },
    { text: say.composeMiss(terms.compose_batch_max) },
    terms.compose_hold_ttl_s > 0
      ? { text: say.composeHeld(terms.compose_hold_ttl_s, terms.compose_forfeit), strong: true }
      : { text: say.composeFinal, strong: true },
  ]
  if (terms.compose_interval_s > 0) lines.push({ text: say.composeInterval(terms.compose_interval_s) })
  if (terms.keyboard_scrambled) lines.push({ text: say.scrambled })
  if (terms.compose_captcha) lines.push({ text: say.captcha })
  return { heading: say.compose, lines }
}

function drawing(terms: Terms, say: ExplainWords): Part {
  const lines: Line[] = [
    { text: say.drawRule(terms.draw_quota, terms.draw_count) },
    { text: say.column(time(terms.column_ttl_s, say)) },
    { text: terms.basket ? say.basket(time(terms.basket_ttl_s, say)) : say.noBasket },
  ]
  if (terms.exclude_four) lines.push({ text: say.drawFour })
  if (terms.draw_captcha) lines.push({ text: say.captcha })
  return { heading: say.draw, lines }
}

function afterwards(terms: Terms, say: ExplainWords): Part {
  const lines: Line[] = []
  if (terms.check_after_choosing) lines.push({ text: say.choiceCode(time(terms.choice_ttl_s, say)), strong: true })
  lines.push({ text: say.final, strong: true })
  if (terms.undo_minutes > 0) lines.push({ text: say.undo(terms.undo_minutes) })
  lines.push({ text: say.deadline(terms.validity_working_days), strong: true })
  lines.push({ text: terms.blacklist_years > 0 ? say.ban(terms.blacklist_years) : say.noBan })
  return { heading: say.oneChoice, lines }
}

/** What a citizen has no chance for is not explained. */
export function rulesOf(terms: Terms, say: ExplainWords): readonly Part[] {
  const parts = [afterwards(terms, say)]
  if (terms.draw_quota > 0) parts.unshift(drawing(terms, say))
  if (terms.compose_quota > 0) parts.unshift(composing(terms, say))
  return parts
}
