import { describe, expect, it } from 'vitest'
import { rulesOf } from '@/pages/journey/rules'
import { words } from '@/pages/journey/words'
import { guangdong, hebei } from './journey-application'

const say = words.zh.explain

function told(terms: typeof guangdong): string {
  return rulesOf(terms, say)
    .map((part) => part.lines.map((line) => line.text).join('\n'))
    .join('\n')
}

describe('the rules', () => {
  it('are told from the terms: wishes at once, candidates, undoing', () => {
    const text = told(guangdong)
    expect(text).toContain('可自编 20 个号牌，一次最多填 5 个')
    expect(text).toContain(say.composeFinal)
    expect(text).toContain('可随机 5 次，每次出 10 个号牌')
    expect(text).toContain('备选保留 90 秒')
    expect(text).toContain('10 分钟内可撤销一次')
    expect(text).toContain('3 个工作日内')
    expect(text).not.toContain(say.scrambled)
    expect(text).not.toContain(say.captcha)
  })

  it('are told from the terms: a hit that waits, captchas, a code after choosing', () => {
    const text = told(hebei)
    expect(text).toContain('一次核验 1 个')
    expect(text).toContain('请在 60 秒内确认；逾期或放弃，将不再有自编选号机会')
    expect(text).toContain(say.scrambled)
    expect(text).toContain(say.captcha)
    expect(text).toContain(say.noBasket)
    expect(text).toContain('须在 1 分钟内完成短信验证')
    expect(text).not.toContain('撤销')
    expect(text).not.toContain('不包含4')
  })

  it('leave out what there are no chances for, and a ban that there is none of', () => {
    const parts = rulesOf({ ...guangdong, compose_quota: 0, blacklist_years: 0 }, say)
    expect(parts.map((part) => part.heading)).toEqual([say.draw, say.oneChoice])
    expect(parts[1]!.lines.some((line) => line.text === say.noBan)).toBe(true)
  })

  it('say aloud what cannot be taken back', () => {
    const strong = rulesOf(hebei, say).flatMap((part) => part.lines.filter((line) => line.strong))
    expect(strong.map((line) => line.text)).toEqual([
      say.composeHeld(60, true),
      say.choiceCode('1 分钟'),
      say.final,
      say.deadline(3),
    ])
  })
})
