/**
 * Puts beside each file of the build what it is in brotli and in gzip, where that is smaller: the edge sends
 * what a browser takes and compresses nothing itself.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const worthIt = /\.(html|js|css|svg|txt)$/

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name)
  if (!entry.isFile() || !worthIt.test(entry.name)) continue
  const whole = readFileSync(path)
  const hint = { [constants.BROTLI_PARAM_SIZE_HINT]: whole.length }
  const compressed = { br: brotliCompressSync(whole, { params: hint }), gz: gzipSync(whole, { level: 9 }) }
  for (const [ending, bytes] of Object.entries(compressed)) {
    if (bytes.length < whole.length) writeFileSync(`${path}.${ending}`, bytes)
  }
}
