/** What a machine can tell of a page's accessibility (WCAG 2.2 AA): nothing of it may be left. */
import axe from 'axe-core'
import type { Page } from '@playwright/test'
import { expect } from './test'

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export async function expectAccessible(page: Page): Promise<void> {
  // By the debugger: as a script of the page the policy would not admit it.
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async (values) => {
    const found = await window.axe.run(document, { runOnly: { type: 'tag', values } })
    return found.violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map((node) => node.html) }))
  }, levels)
  expect(violations, `accessibility of ${page.url()}`).toEqual([])
}

declare global {
  interface Window {
    axe: typeof axe
  }
}
