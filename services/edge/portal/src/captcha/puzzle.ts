/** A proof of work: for people who cannot use pictures, the device answers instead. */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { components } from '@/api/schema'

export type Puzzle = components['schemas']['Puzzle']

/** The first number whose digits after the prefix hash to so many leading zero bits. */
export function solve(puzzle: Puzzle): string {
  for (let attempt = 0; ; attempt += 1) {
    const answer = String(attempt)
    if (zeroBits(sha256(utf8ToBytes(puzzle.prefix + answer))) >= puzzle.zero_bits) return answer
  }
}

function zeroBits(digest: Uint8Array): number {
  let bits = 0
  for (const byte of digest) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24
    bits += 8
  }
  return bits
}

/** Has a worker solve it. */
export function solveElsewhere(puzzle: Puzzle): Promise<string> {
  const worker = new Worker(new URL('./puzzle.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<string>((done, fail) => {
    worker.addEventListener('message', ({ data }: MessageEvent<string>) => done(data))
    worker.addEventListener('error', fail)
    worker.postMessage(puzzle)
  }).finally(() => worker.terminate())
}
