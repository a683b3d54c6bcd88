/**
 * A text as a QR symbol (ISO/IEC 18004): bytes, error correction M, versions 1 to 20, which is what the
 * voucher on paper has too. Made on the device, so that the voucher can be shown at the window without a
 * network.
 */

/** Error correction octets of a block, and blocks, by version. */
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]

/** Rows of modules, true where dark. */
export type Symbol = readonly (readonly boolean[])[]

interface Grid {
  readonly dark: boolean[][]
  /** Modules that carry no data. */
  readonly fixed: boolean[][]
}

/** The symbol; nothing where the text is too long for one. */
export function encode(text: string): Symbol | undefined {
  const octets = new TextEncoder().encode(text)
  const version = CORRECTION.findIndex((_, at) => octets.length + headBytes(at + 1) <= capacity(at + 1)) + 1
  if (version === 0) return undefined
  const grid = drawFixed(version)
  place(grid, interleaved(octets, version))
  const masked = Array.from({ length: 8 }, (_, mask) => withMask(grid, mask))
  return masked.reduce((best, next) => (penalty(next) < penalty(best) ? next : best))
}

/** Mode and length take 12 bits, 20 from version 10 on. */
function headBytes(version: number): number {
  return version < 10 ? 2 : 3
}

/** Octets of a symbol, correction included. */
function octetsOf(version: number): number {
  const centres = alignment(version).length
  let modules = (16 * version + 128) * version + 64
  if (centres > 0) modules -= (25 * centres - 10) * centres - 55
  if (version >= 7) modules -= 36
  return modules >> 3
}

function capacity(version: number): number {
  return octetsOf(version) - CORRECTION[version - 1]! * BLOCKS[version - 1]!
}

/** Mode, length, text and padding as one row of octets. */
function message(octets: Uint8Array, version: number): number[] {
  const bits: number[] = []
  const put = (value: number, length: number): void => {
    for (let at = length - 1; at >= 0; at -= 1) bits.push((value >> at) & 1)
  }
  put(4, 4)
  put(octets.length, version < 10 ? 8 : 16)
  octets.forEach((octet) => put(octet, 8))
  const room = capacity(version) * 8
  put(0, Math.min(4, room - bits.length))
  put(0, -bits.length & 7)
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8)
  return Array.from({ length: room / 8 }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((octet, bit) => (octet << 1) | bit, 0),
  )
}

function times(a: number, b: number): number {
  let product = 0
  for (let at = 7; at >= 0; at -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    product ^= ((b >> at) & 1) * a
  }
  return product
}

function generator(degree: number): number[] {
  const factors = Array.from({ length: degree }, () => 0)
  factors[degree - 1] = 1
  let root = 1
  for (let round = 0; round < degree; round += 1) {
    for (let at = 0; at < degree; at += 1) factors[at] = times(factors[at]!, root) ^ (factors[at + 1] ?? 0)
    root = times(root, 2)
  }
  return factors
}

function correction(data: readonly number[], divisor: readonly number[]): number[] {
  const rest = divisor.map(() => 0)
  data.forEach((octet) => {
    const factor = octet ^ rest.shift()!
    rest.push(0)
    divisor.forEach((value, at) => (rest[at]! ^= times(value, factor)))
  })
  return rest
}

/** Data and correction of all blocks, an octet of each in turn. */
function interleaved(octets: Uint8Array, version: number): number[] {
  const [count, length] = [BLOCKS[version - 1]!, CORRECTION[version - 1]!]
  const all = octetsOf(version)
  const longer = all % count
  const short = Math.floor(all / count) - length
  const divisor = generator(length)
  const data = message(octets, version)
  const blocks = Array.from({ length: count }, (_, block) => data.splice(0, short + (block < count - longer ? 0 : 1)))
  const checks = blocks.map((block) => correction(block, divisor))
  const result: number[] = []
  const take = (rows: readonly (readonly number[])[], columns: number): void => {
    for (let at = 0; at < columns; at += 1) rows.forEach((row) => row[at] !== undefined && result.push(row[at]!))
  }
  take(blocks, short + 1)
  take(checks, length)
  return result
}

/** Where the small squares have their centres, on both axes. */
function alignment(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const last = version * 4 + 10
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2
  return [6, ...Array.from({ length: count - 1 }, (_, at) => last - step * (count - 2 - at))]
}

/** Everything a reader finds its way by. */
function drawFixed(version: number): Grid {
  const size = version * 4 + 17
  const row = (): boolean[] => Array.from({ length: size }, () => false)
  const grid = { dark: Array.from({ length: size }, row), fixed: Array.from({ length: size }, row) }
  for (let at = 0; at < size; at += 1) {
    set(grid, 6, at, at % 2 === 0)
    set(grid, at, 6, at % 2 === 0)
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    square(grid, x, y, 4, (distance) => distance !== 2 && distance !== 4)
  }
  const centres = alignment(version)
  const last = centres.length - 1
  centres.forEach((x, i) =>
    centres.forEach((y, j) => {
      const taken = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)
      if (!taken) square(grid, x, y, 2, (distance) => distance !== 1)
    }),
  )
  drawFormat(grid, 0)
  drawVersion(grid, version)
  return grid
}

function set(grid: Grid, x: number, y: number, dark: boolean): void {
  grid.dark[y]![x] = dark
  grid.fixed[y]![x] = true
}

function square(grid: Grid, x: number, y: number, reach: number, isDark: (distance: number) => boolean): void {
  const size = grid.dark.length
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const [column, row] = [x + dx, y + dy]
      if (column < 0 || column >= size || row < 0 || row >= size) continue
      set(grid, column, row, isDark(Math.max(Math.abs(dx), Math.abs(dy))))
    }
  }
}

/** The remainder that guards a few bits. */
function guarded(value: number, divisor: number, length: number): number {
  let rest = value
  for (let at = 0; at < length; at += 1) rest = (rest << 1) ^ ((rest >> (length - 1)) * divisor)
  return (value << length) | rest
}

function drawFormat(grid: Grid, mask: number): void {
  const size = grid.dark.length
  // Correction M is 0.
  const bits = guarded(mask, 0x537, 10) ^ 0x5412
  const bit = (at: number): boolean => ((bits >> at) & 1) === 1
  for (let at = 0; at < 6; at += 1) set(grid, 8, at, bit(at))
  set(grid, 8, 7, bit(6))
  set(grid, 8, 8, bit(7))
  set(grid, 7, 8, bit(8))
  for (let at = 9; at < 15; at += 1) set(grid, 14 - at, 8, bit(at))
  for (let at = 0; at < 8; at += 1) set(grid, size - 1 - at, 8, bit(at))
  for (let at = 8; at < 15; at += 1) set(grid, 8, size - 15 + at, bit(at))
  set(grid, 8, size - 8, true)
}

function drawVersion(grid: Grid, version: number): void {
  if (version < 7) return
  const bits = guarded(version, 0x1f25, 12)
  for (let at = 0; at < 18; at += 1) {
    const dark = ((bits >> at) & 1) === 1
    const [far, near] = [grid.dark.length - 11 + (at % 3), Math.floor(at / 3)]
    set(grid, far, near, dark)
    set(grid, near, far, dark)
  }
}

/** Data goes up and down in pairs of columns from the right, around what is fixed. */
function place(grid: Grid, octets: readonly number[]): void {
  const size = grid.dark.length
  let at = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    const upward = ((right + 1) & 2) === 0
    for (let step = 0; step < size; step += 1) {
      const y = upward ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if (grid.fixed[y]![x] || at >= octets.length * 8) continue
        grid.dark[y]![x] = ((octets[at >> 3]! >> (7 - (at & 7))) & 1) === 1
        at += 1
      }
    }
  }
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

function withMask(grid: Grid, mask: number): boolean[][] {
  const dark = grid.dark.map((row, y) =>
    row.map((module, x) => (grid.fixed[y]![x] ? module : module !== MASKS[mask]!(x, y))),
  )
  drawFormat({ dark, fixed: grid.fixed.map((row) => row.slice()) }, mask)
  return dark
}

/** How hard a symbol is to read: runs, blocks, what looks like a corner, and too much of one colour. */
function penalty(symbol: Symbol): number {
  const size = symbol.length
  const columns = symbol.map((_, x) => symbol.map((row) => row[x]!))
  let total = 0
  for (const lines of [symbol, columns]) {
    for (const line of lines) {
      const text = line.map((dark) => (dark ? '1' : '0')).join('')
      for (const run of text.match(/0{5,}|1{5,}/g) ?? []) total += run.length - 2
      for (let at = 0; at + 11 <= size; at += 1) {
        const part = text.slice(at, at + 11)
        if (part === '10111010000' || part === '00001011101') total += 40
      }
    }
  }
  for (let y = 1; y < size; y += 1) {
    for (let x = 1; x < size; x += 1) {
      const here = symbol[y]![x]
      if (here === symbol[y]![x - 1] && here === symbol[y - 1]![x] && here === symbol[y - 1]![x - 1]) total += 3
    }
  }
  const dark = symbol.reduce((sum, row) => sum + row.filter(Boolean).length, 0)
  return total + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10
}

/** The dark modules as one path of boxes, each a run of them, for a view box of `size` modules. */
export function outline(symbol: Symbol): string {
  return symbol
    .map((row, y) => {
      let path = ''
      let x = 0
      while (x < row.length) {
        let end = x
        while (row[end]) end += 1
        if (end > x) path += `M${x} ${y}h${end - x}v1H${x}z`
        x = end + 1
      }
      return path
    })
    .join('')
}
