import type { RpcCaller, RpcOffence } from "../../guards/RpcGuard.ts";
import type { EngineAnswer } from "./messages.ts";

/** Another thread has admitted the call, and learns what it cost. */
export class CallerElsewhere implements RpcCaller {
  readonly name = "";
  readonly address: string;
  readonly isReserved: boolean;
  readonly isCurrent = true;
  readonly verifyBody = undefined;
  readonly hidesMethods = false;
  readonly delayMs = 0;
  readonly part = 0;
  #offences: RpcOffence[] = [];
  #workMs = 0;
  #gasUsed = 0;

  constructor(address: string, isReserved: boolean) {
    this.address = address;
    this.isReserved = isReserved;
  }

  /** Since the last call. */
  settled(): Pick<EngineAnswer, "workMs" | "gasUsed" | "offences"> {
    const settled = { workMs: this.#workMs, gasUsed: this.#gasUsed, offences: this.#offences };
    this.#workMs = 0;
    this.#gasUsed = 0;
    this.#offences = [];
    return settled;
  }

  mayCall(): boolean {
    return true;
  }

  isGranted(): boolean {
    return true;
  }

  forbidden(): void {}

  take(): undefined {}

  settle(_part: number, _weight: number, workMs: number, gasUsed: number): void {
    this.#workMs += workMs;
    this.#gasUsed += gasUsed;
  }

  offend(offence: RpcOffence): void {
    this.#offences.push(offence);
  }

  open(): () => void {
    return () => undefined;
  }

  fields(): readonly string[] {
    return [];
  }
}
