import { describe, expect, it } from 'vitest'
import {
  add,
  clear,
  duplicateRow,
  emptyDraft,
  erase,
  goTo,
  move,
  remove,
  submitted,
  type,
  type Draft,
} from '@/pages/journey/select/wishes'

function typed(draft: Draft, text: string): Draft {
  return Array.from(text).reduce(type, draft)
}

describe('wishes', () => {
  it('fill from the left, skip what stands already, and stop at the end', () => {
    let draft = typed(emptyDraft(1, 5), 'A12')
    expect(draft).toEqual({ rows: ['A12??'], row: 0, place: 3 })
    draft = typed(goTo(draft, 0, 0), 'B')
    expect(draft).toEqual({ rows: ['B12??'], row: 0, place: 3 })
    draft = typed(draft, '345')
    expect(draft).toEqual({ rows: ['B1234'], row: 0, place: 5 })
  })

  it('are taken back character by character', () => {
    let draft = typed(emptyDraft(1, 5), 'A1')
    draft = erase(draft)
    expect(draft).toEqual({ rows: ['A????'], row: 0, place: 1 })
    draft = erase(erase(erase(draft)))
    expect(draft).toEqual({ rows: ['?????'], row: 0, place: 0 })
    expect(erase(goTo(typed(draft, 'A1234'), 0, 2)).rows).toEqual(['A1?34'])
  })

  it('are sent in their order, and only when every one that was begun is complete', () => {
    let draft = typed(emptyDraft(1, 5), 'A1234')
    draft = typed(add(draft, 5), 'B12')
    expect(submitted(draft)).toBeUndefined()
    draft = typed(draft, '34')
    expect(submitted(draft)).toEqual(['A1234', 'B1234'])
    expect(submitted(move(draft, 1, -1))).toEqual(['B1234', 'A1234'])
    expect(submitted(add(draft, 5))).toEqual(['A1234', 'B1234'])
    expect(submitted(emptyDraft(1, 5))).toBeUndefined()
  })

  it('must differ from one another', () => {
    const draft = typed(add(typed(emptyDraft(1, 5), 'A1234'), 5), 'A1234')
    expect(duplicateRow(draft)).toBe(1)
    expect(submitted(draft)).toBeUndefined()
    expect(submitted(clear(draft))).toEqual(['A1234'])
  })

  it('can be removed; the last row stays, empty', () => {
    const two = typed(add(typed(emptyDraft(1, 5), 'A1234'), 5), 'B1')
    expect(remove(two, 0)).toEqual({ rows: ['B1???'], row: 0, place: 2 })
    expect(remove(remove(two, 0), 0)).toEqual({ rows: ['?????'], row: 0, place: 0 })
  })

  it('stay where they are at the ends of the list', () => {
    const one = typed(emptyDraft(2, 5), 'A1234')
    expect(move(one, 0, -1)).toBe(one)
    expect(move(one, 1, 1)).toBe(one)
  })
})
