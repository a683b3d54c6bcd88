import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    // WebViews of telephones that are seven years old.
    target: 'es2018',
    cssTarget: 'chrome64',
    manifest: true,
    // A data: URL would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // For `XUANHAO_URL=https://127.0.0.1:… npm run dev`: pages from here, answers from a platform that runs.
    proxy: { '/api': { target: process.env.XUANHAO_URL ?? 'https://127.0.0.1:20443', secure: false } },
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
    restoreMocks: true,
  },
})
