/**
 * What a telephone loads before the first page shows: the entry, what it imports, and the landing page's own
 * part. A page beyond the budget is slow for those who have the least; this fails before they notice.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const kB = 1000
/** Bytes after gzip, by kind. */
const budgets = { js: 90 * kB, css: 15 * kB }
const landing = 'src/pages/landing/LandingPage.vue'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))

/** A chunk with all that it cannot begin without. */
function withImports(name, found = new Set()) {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`the build has no ${name}`)
  if (found.has(name)) return found
  found.add(name)
  for (const imported of chunk.imports ?? []) withImports(imported, found)
  return found
}

const entries = Object.keys(manifest).filter((name) => manifest[name].isEntry)
const chunks = new Set([...entries, landing].flatMap((name) => [...withImports(name)]))
const files = new Set([...chunks].flatMap((name) => [manifest[name].file, ...(manifest[name].css ?? [])]))

const lines = []
const sums = { js: 0, css: 0 }
for (const file of files) {
  const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
  sums[file.split('.').pop()] += size
  lines.push([file, size])
}
lines.sort((one, other) => other[1] - one[1])

const row = (name, size, limit) => `${name.padEnd(44)} ${(size / kB).toFixed(1).padStart(7)} kB${limit}\n`
let text = ''
let fits = true
for (const [file, size] of lines) text += row(file, size, '')
for (const [kind, limit] of Object.entries(budgets)) {
  fits &&= sums[kind] <= limit
  const verdict = sums[kind] <= limit ? 'of' : 'MORE THAN'
  text += row(`first load, ${kind}, after gzip`, sums[kind], ` ${verdict} ${limit / kB} kB`)
}
process.stdout.write(text)
process.exitCode = fits ? 0 : 1
