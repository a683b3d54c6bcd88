/**
 * What every test gets: a platform, a citizen with a new car, and a page that fails the test when a script fails
 * on it or the content security policy has to stop something.
 */
import { test as base, expect, type Page } from '@playwright/test'
import {
  Lab,
  type AccountWanted,
  type LabOptions,
  type Person,
  type Sms,
  type Vehicle,
  type VehicleWanted,
} from './lab'

export interface Citizen {
  person: Person
  car: Vehicle
  /** The next code that comes by SMS. */
  code(): Promise<string>
  sms(): Promise<Sms[]>
}

interface Options {
  /** What the citizen has already. */
  account: AccountWanted
  vehicle: VehicleWanted
}

interface Fixtures extends Options {
  citizen: Citizen
}

interface WorkerFixtures extends LabOptions {
  lab: Lab
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  preset: ['guangdong-2023', { option: true, scope: 'worker' }],
  account: ['none', { option: true }],
  vehicle: [{}, { option: true }],

  lab: [
    async ({ preset }, use) => {
      const lab = await Lab.start(preset)
      await use(lab)
      await lab.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],

  baseURL: async ({ lab }, use) => use(lab.portal),

  citizen: async ({ lab, account, vehicle }, use) => {
    const [person, car] = await Promise.all([lab.person(account), lab.vehicle(vehicle)])
    await use({ person, car, code: () => lab.code(person.mobile), sms: () => lab.sms(person.mobile) })
  },

  page: async ({ page }, use) => {
    const trouble = watched(page)
    await use(page)
    expect(trouble, 'what went wrong on the page').toEqual([])
  },
})

function watched(page: Page): string[] {
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(error.stack ?? error.message))
  page.on('console', (message) => {
    // A refusal by the platform is an error to the browser's console, and no trouble of the page.
    const isRefusal = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRefusal) trouble.push(message.text())
  })
  return trouble
}

export { expect }
