import { describe, expect, it } from 'vitest'
import type { Office } from '@/api'
import { byProvince, codes, find, latin } from '@/pages/offices/search'

function office(id: string, province_name: string, name: string, issuing_codes: string[]): Office {
  return { office: id, province: id.slice(0, id.indexOf('-')), province_name, name, issuing_codes }
}

const letters = Array.from('ABCDEFGHJKLMNPQRSTUVWXYZ')
const beijing = office(
  'bj-beijing',
  '北京',
  '北京',
  letters.map((letter) => `京${letter}`),
)
const jilin = office('jl-jilin', '吉林', '吉林', ['吉B'])
const changchun = office('jl-changchun', '吉林', '长春', ['吉A'])
const changsha = office('hn-changsha', '湖南', '长沙', ['湘A', '湘S'])
const zhangjiajie = office('hn-zhangjiajie', '湖南', '张家界', ['湘G'])
const zhanjiang = office('gd-zhanjiang', '广东', '湛江', ['粤G'])
const foshan = office('gd-foshan', '广东', '佛山', ['粤E', '粤X', '粤Y'])
const all = [beijing, changchun, jilin, changsha, zhangjiajie, foshan, zhanjiang]

function names(text: string): string[] {
  return find(all, text).map((found) => found.name)
}

describe('searching an office', () => {
  it('finds a place with or without what follows its name', () => {
    for (const text of ['湛江', '湛江市', '湛江车管所', ' 湛江市车管所 ', '广东湛江', '广东省湛江市'])
      expect(names(text), text).toEqual(['湛江'])
  })

  it('finds all offices of a province', () => {
    expect(names('广东')).toEqual(['佛山', '湛江'])
    expect(names('湖南省')).toEqual(['长沙', '张家界'])
  })

  it('puts the place before the province of the same name', () => {
    expect(names('吉林')).toEqual(['吉林', '长春'])
  })

  it('finds the issuing code as people write it, and a whole number', () => {
    for (const text of ['粤G', '粤g', '粤 G', '粤·G', '粤Ｇ', '粤G12A3B', '粤G·12345'])
      expect(names(text), text).toEqual(['湛江'])
    expect(names('湘S')).toEqual(['长沙'])
    expect(names('粤')).toEqual(['佛山', '湛江'])
  })

  it('takes a letter alone as the letter on the plates, not as pinyin', () => {
    expect(names('g')).toEqual(['北京', '张家界', '湛江'])
    expect(names('X')).toEqual(['北京', '佛山'])
  })

  it('finds by pinyin', () => {
    expect(names('zhanjiang')).toEqual(['湛江'])
    expect(names('Zhang jia')).toEqual(['张家界'])
    expect(names('chang')).toEqual(['长春', '长沙'])
  })

  it('finds nothing for nothing and for what there is not', () => {
    expect(names('  ')).toEqual([])
    expect(names('火星')).toEqual([])
    expect(names('粤Z')).toEqual([])
  })
})

describe('the table of offices', () => {
  it('is told by province, in its own order', () => {
    expect(byProvince(all).map((province) => [province.name, province.offices.length])).toEqual([
      ['北京', 1],
      ['吉林', 2],
      ['湖南', 2],
      ['广东', 2],
    ])
  })

  it('tells few letters one by one and many by their ends', () => {
    expect(codes(foshan, '、')).toBe('粤E、粤X、粤Y')
    expect(codes(beijing, '、')).toBe('京A–Z')
  })

  it('writes a place in Latin letters', () => {
    expect(latin(zhanjiang)).toBe('Zhanjiang')
  })
})
