/** Solves a proof of work off the page's thread, so that the page stays alive meanwhile. */
import { solve, type Puzzle } from './puzzle'

self.addEventListener('message', ({ data }: MessageEvent<Puzzle>) => {
  self.postMessage(solve(data))
})
