import type { UnsignedCall } from "./signCall.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A clock set back does not reset limits. */
export class SigningRecord {
  #nowMs = 0;
  #day = 0;
  /** Request times in ms, per actor: unauthenticated clients must not use up the limits of others. */
  readonly #asked = new Map<string, number[]>();
  #signatureCount = 0;
  #dayWei = 0n;
  /** Cost in wei of the most expensive transaction per account, chain and nonce. */
  readonly #costs = new Map<string, bigint>();

  ask(actor: string, nowMs: number): void {
    this.#at(nowMs);
    this.#asked.set(actor, [...this.#lately(actor), this.#nowMs]);
  }

  /** @param account sender, if the record covers several accounts */
  sign(call: UnsignedCall, nowMs: number, account = ""): void {
    this.#at(nowMs);
    const place = placeOf(call, account);
    this.#dayWei += this.addedWei(call, account);
    this.#costs.set(place, max(costOf(call), this.#costs.get(place) ?? 0n));
    this.#signatureCount += 1;
  }

  askedCount(actor: string, nowMs: number): number {
    this.#at(nowMs);
    return this.#lately(actor).length;
  }

  signatureCount(nowMs: number): number {
    this.#at(nowMs);
    return this.#signatureCount;
  }

  dayWei(nowMs: number): bigint {
    this.#at(nowMs);
    return this.#dayWei;
  }

  addedWei(call: UnsignedCall, account = ""): bigint {
    return max(0n, costOf(call) - (this.#costs.get(placeOf(call, account)) ?? 0n));
  }

  #lately(actor: string): number[] {
    return (this.#asked.get(actor) ?? []).filter((atMs) => atMs > this.#nowMs - MINUTE_MS);
  }

  #at(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const day = Math.floor(this.#nowMs / DAY_MS);
    if (day === this.#day) return;
    this.#day = day;
    this.#signatureCount = 0;
    this.#dayWei = 0n;
    this.#costs.clear();
  }
}

function costOf({ gasLimit, maxFeeWei, valueWei }: UnsignedCall): bigint {
  return gasLimit * maxFeeWei + valueWei;
}

function placeOf({ chainId, nonce }: UnsignedCall, account: string): string {
  return `${account}/${chainId}/${nonce}`;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
