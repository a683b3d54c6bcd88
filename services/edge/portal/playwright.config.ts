/**
 * Journeys in Chromium as a telephone has it, against the real platform. `cargo xtask test --stage browser`
 * builds all of it first; by hand, with the platform's programs built: `npm run browser -- smoke`.
 */
import { defineConfig } from '@playwright/test'
import type { LabOptions } from './browser/lab'

const telephone = { width: 390, height: 844 }

export default defineConfig<object, LabOptions>({
  testDir: 'browser',
  outputDir: 'test-results',
  // One platform and one browser at a time: a test must pass on two cores, and a second try would hide why not.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: 'line',
  timeout: 180_000,
  expect: { timeout: 15_000 },
  use: {
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: telephone,
    hasTouch: true,
    // The platform's authority is its own.
    ignoreHTTPSErrors: true,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.XUANHAO_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    },
  },
  projects: [
    { name: 'guangdong-2023', testIgnore: '**/*.hebei.spec.ts', use: { preset: 'guangdong-2023' } },
    { name: 'hebei-2016', testMatch: '**/*.hebei.spec.ts', use: { preset: 'hebei-2016' } },
  ],
})
