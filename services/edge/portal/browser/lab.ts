/** The platform that a run of tests stands on, and what a test asks of it that no citizen could. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Preset = 'guangdong-2023' | 'hebei-2016'

export interface LabOptions {
  preset: Preset
}

/** Nothing yet; enrolled at the window, with the password of the SMS; an account with an own password. */
export type AccountWanted = 'none' | 'initial' | 'own'

export interface Person {
  full_name: string
  resident_id: string
  mobile: string
  login_name: string
  password: string
}

export type PurchaseProof =
  { kind: 'electronic_invoice'; number: string } | { kind: 'paper_invoice'; code: string; number: string }

export interface Vehicle {
  vin: string
  purchase_proof: PurchaseProof
}

export interface VehicleWanted {
  new_energy?: boolean
  paper_invoice?: boolean
  /** The last four digits of the VIN, by which the registry's simulator plays its special cases. */
  ending?: string
}

export interface Sms {
  template: string
  text: string
}

interface Addresses {
  portal: string
  control: string
  office: string
  issuing_code: string
}

/** Where cargo puts programs, unless `XUANHAO_BIN_DIR` says otherwise. */
const built = fileURLToPath(new URL('../../../../target/debug', import.meta.url))

export class Lab {
  private constructor(
    private readonly process: ChildProcess,
    private readonly addresses: Addresses,
  ) {}

  static async start(preset: Preset): Promise<Lab> {
    const program = join(process.env.XUANHAO_BIN_DIR ?? built, 'xuanhao-local')
    const child = spawn(program, ['lab', '--preset', preset], { stdio: ['pipe', 'pipe', 'pipe'] })
    let steps = ''
    child.stderr.on('data', (text: Buffer) => (steps += text.toString()))
    const addresses = await new Promise<Addresses>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`the lab ended before it served (${code}):\n${steps}`)))
      createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as Addresses))
    })
    return new Lab(child, addresses)
  }

  /** Ends the platform and waits until nothing of it is left. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.stdin?.end()
    if (this.process.exitCode === null) await ended
  }

  get portal(): string {
    return this.addresses.portal
  }

  get office(): string {
    return this.addresses.office
  }

  get issuingCode(): string {
    return this.addresses.issuing_code
  }

  person(account: AccountWanted): Promise<Person> {
    return this.ask('/people', { account })
  }

  vehicle(wanted: VehicleWanted = {}): Promise<Vehicle> {
    return this.ask('/vehicles', wanted)
  }

  /** A number that is free and open to wishes, told to nobody else, and one that is in use. */
  numbers(): Promise<{ free: string; used: string }> {
    return this.ask('/numbers', {})
  }

  /** Every message to a number, the oldest first. */
  sms(mobile: string): Promise<Sms[]> {
    return this.ask(`/sms/${mobile}`)
  }

  /** The next code to a number, as soon as it comes. */
  code(mobile: string): Promise<string> {
    return this.ask(`/codes/${mobile}`)
  }

  /** What stands on a picture. */
  captcha(id: string): Promise<string> {
    return this.ask(`/captchas/${id}`)
  }

  /** Runs `xuanctl` as a member of staff: `operator`, `officer`, `reviewer`, `administrator`. */
  staff(role: string, ...words: string[]): Promise<unknown> {
    return this.ask('/staff', { role, words })
  }

  /** Moves the clock of all services, forward only. */
  async moveClock(to: Date): Promise<void> {
    await this.ask('/clock', { to: to.toISOString() })
  }

  private async ask<T>(path: string, body?: unknown): Promise<T> {
    const request =
      body === undefined
        ? undefined
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(`${this.addresses.control}${path}`, request)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`the lab refuses ${path}: ${text}`)
    return JSON.parse(text) as T
  }
}
