/** What anybody sees without an account. */
import { expectAccessible } from './axe'
import { expect, test } from './test'

/** Nothing is on its way any more, and the page has its heading. */
async function settled(page: import('@playwright/test').Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.waitForLoadState('networkidle')
}

for (const [name, path] of [
  ['the landing page', '/'],
  ['signing in', '/sign-in'],
  ['registering', '/register'],
  ['a forgotten password', '/reset-password'],
  ['the offices', '/offices'],
  ['an address that is no page', '/nowhere/at/all'],
] as const) {
  test(`${name} is shown, and accessible`, async ({ page }) => {
    await page.goto(path)
    await settled(page)
    await expectAccessible(page)
  })
}

test('the pool of an office is shown, and accessible', async ({ page, lab }) => {
  await page.goto(`/offices/${lab.office}/pool`)
  await settled(page)
  await expectAccessible(page)
})

test('the portal speaks English, and large', async ({ page }) => {
  await page.goto('/')
  await settled(page)
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await page.getByRole('button', { name: 'Large text' }).click()
  await settled(page)
  await expectAccessible(page)
})
