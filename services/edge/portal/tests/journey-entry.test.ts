import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import EntryPage from '@/pages/journey/EntryPage.vue'
import { application } from './journey-application'

const nothing = { render: () => null }
const notice = {
  title_zh: '业务须知',
  title_en: 'Notice',
  body_zh: '一、仅限本人名下新购车辆。\n二、逾期列入黑名单。',
  body_en: '1.\n2.',
  version: 3,
  published_at: '2026-11-01T01:00:00Z',
  warnings: [{ warning: 'both_used_up', text_zh: '机会用完后请到车管所。', text_en: 'Go to the office.' }],
}

type Answer = unknown | (() => Response)
let asked: string[] = []
let answers: Record<string, Answer> = {}
let page: VueWrapper | undefined
/** Brings the end of what is read onto the screen. */
let seeTheEnd: () => void = () => undefined

function refusal(status: number, code: string, parameters?: Record<string, string>): () => Response {
  const problem = { code, title: code, status, type: 'urn:x', parameters }
  return () => Response.json(problem, { status })
}

async function open(): Promise<Router> {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/offices', name: 'offices', component: nothing },
      { path: '/offices/:office', name: 'office', component: nothing },
      { path: '/offices/:office/pool', name: 'pool', component: nothing },
      { path: '/applications', name: 'applications', component: nothing },
      { path: '/applications/:application', name: 'application', component: nothing },
    ],
  })
  await router.push('/offices')
  await router.push('/offices/gd-zhanjiang')
  page = mount(EntryPage, {
    props: { office: 'gd-zhanjiang' },
    global: { plugins: [router] },
    attachTo: document.body,
  })
  await flushPromises()
  return router
}

function button(name: string): HTMLButtonElement | undefined {
  const found = Array.from(document.querySelectorAll('button')).find((one) => one.textContent?.trim() === name)
  return found ?? undefined
}

beforeEach(() => {
  asked = []
  answers = {
    'GET /api/v1/offices': { offices: [] },
    'GET /api/v1/offices/gd-zhanjiang/notice': notice,
    'GET /api/v1/service-points': { service_points: [] },
    'POST /api/v1/offices/gd-zhanjiang/entry': { step: 'description' },
    'POST /api/v1/applications': application(),
  }
  vi.stubGlobal('fetch', async (request: Request) => {
    const key = `${request.method} ${new URL(request.url).pathname}`
    const body = request.method === 'POST' ? await request.text() : ''
    asked.push(body ? `${key} ${body}` : key)
    const told = answers[key]
    return typeof told === 'function' ? (told as () => Response)() : Response.json(told)
  })
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
        seeTheEnd = () => seen([{ isIntersecting: true }])
      }
      observe(): void {}
      disconnect(): void {}
    },
  )
})

afterEach(() => {
  page?.unmount()
  document.body.innerHTML = ''
  vi.unstubAllGlobals()
})

describe('walking in at an office', () => {
  it('leads on to the application that is there, and the way back to the offices', async () => {
    answers['POST /api/v1/offices/gd-zhanjiang/entry'] = {
      step: 'explanation',
      application: application({ state: 'info_confirmed' }),
    }
    const router = await open()
    expect(router.currentRoute.value.name).toBe('application')
    expect(asked.filter((one) => one.startsWith('POST'))).toEqual(['POST /api/v1/offices/gd-zhanjiang/entry'])
    router.back()
    await flushPromises()
    expect(router.currentRoute.value.name).toBe('offices')
  })

  it('lets nobody agree to a notice whose end was not on the screen', async () => {
    const router = await open()
    expect(document.body.textContent).toContain('二、逾期列入黑名单。')
    expect(document.body.textContent).toContain('机会用完后请到车管所。')
    expect(button('阅读并同意')).toBeUndefined()
    expect(button('继续阅读')).toBeDefined()
    seeTheEnd()
    await flushPromises()
    button('阅读并同意')!.click()
    await flushPromises()
    expect(asked).toContain('POST /api/v1/applications {"office":"gd-zhanjiang","notice_version":3}')
    expect(router.currentRoute.value.params['application']).toBe(application().application_id)
  })

  it('has a notice that was changed meanwhile read again', async () => {
    answers['POST /api/v1/applications'] = refusal(409, 'NOTICE_CHANGED')
    await open()
    seeTheEnd()
    await flushPromises()
    answers['GET /api/v1/offices/gd-zhanjiang/notice'] = { ...notice, version: 4 }
    button('阅读并同意')!.click()
    await flushPromises()
    expect(document.body.textContent).toContain('业务须知刚刚更新')
    expect(button('阅读并同意')).toBeUndefined()
    answers['POST /api/v1/applications'] = application()
    seeTheEnd()
    await flushPromises()
    button('阅读并同意')!.click()
    await flushPromises()
    expect(asked[asked.length - 1]).toContain('"notice_version":4')
  })

  it('says when to come back', async () => {
    answers['POST /api/v1/offices/gd-zhanjiang/entry'] = refusal(409, 'OUTSIDE_SERVICE_HOURS', {
      from: '09:00',
      to: '22:00',
    })
    await open()
    expect(page!.get('[data-code]').attributes('data-code')).toBe('OUTSIDE_SERVICE_HOURS')
    expect(page!.text()).toContain('每日 09:00 — 22:00')
  })

  it('says where to enrol', async () => {
    answers['POST /api/v1/applications'] = refusal(403, 'ENROLMENT_REQUIRED')
    answers['GET /api/v1/service-points'] = {
      service_points: [
        {
          service_point_id: '1',
          office: 'gd-zhanjiang',
          kind: 'police_brigade',
          name: '赤坎大队',
          address: '海北路 21 号',
        },
      ],
    }
    await open()
    seeTheEnd()
    await flushPromises()
    button('阅读并同意')!.click()
    await flushPromises()
    expect(page!.text()).toContain('赤坎大队')
    expect(page!.text()).toContain('海北路 21 号')
  })
})
