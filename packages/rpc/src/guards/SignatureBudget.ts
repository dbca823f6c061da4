import { type Clock, isTrellisError, LruMap } from "@trellis/base";
import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";
import type { Session } from "../Session.ts";

const BAD_SIGNATURE_CODES: ReadonlySet<string> = new Set([
  "TX_SIGNATURE_INVALID",
  "SIGNATURE_UNRECOVERABLE",
  "SIGNATURE_OUT_OF_RANGE",
  "KEY_NOT_VALID",
]);
/** An evicted address regains its full budget. */
const ADDRESSES_MAX = 16_384;

interface Budget {
  left: number;
  atMs: number;
}

/**
 * Limits per address and message. An address over budget may send one transaction per message, because honest
 * clients may share the address. [RPC-24]
 */
export class SignatureBudget {
  readonly #limits: Pick<RpcLimits, "badSignaturesMax" | "badSignaturesPerS" | "batchBadSignaturesMax">;
  readonly #clock: Clock;
  readonly #budgets = new LruMap<string, Budget>(ADDRESSES_MAX);
  readonly #refusedByMessage = new WeakMap<Session, number>();
  readonly #checkedByMessage = new WeakMap<Session, number>();

  constructor(
    limits: Pick<RpcLimits, "badSignaturesMax" | "badSignaturesPerS" | "batchBadSignaturesMax">,
    clock: Clock,
  ) {
    this.#limits = limits;
    this.#clock = clock;
  }

  check(session: Session): void {
    const { badSignaturesPerS, batchBadSignaturesMax } = this.#limits;
    const ofMessage = this.#refusedByMessage.get(session) ?? 0;
    const checked = this.#checkedByMessage.get(session) ?? 0;
    const left = this.#refilled(session.address)?.left ?? 1;
    if (checked === 0 || (ofMessage < batchBadSignaturesMax && left >= 1)) {
      this.#checkedByMessage.set(session, checked + 1);
      return;
    }
    const retryAfterS = Math.max(1, Math.ceil((1 - left) / badSignaturesPerS));
    throw rpcErrors.RPC_BAD_SIGNATURES({ ofMessage, retryAfterS });
  }

  refused(session: Session, error: unknown): void {
    if (!isBadSignature(error)) return;
    const { badSignaturesMax } = this.#limits;
    const budget = this.#refilled(session.address) ?? { left: badSignaturesMax, atMs: this.#clock.nowMs() };
    budget.left = Math.max(0, budget.left - 1);
    this.#budgets.set(session.address, budget);
    this.#refusedByMessage.set(session, (this.#refusedByMessage.get(session) ?? 0) + 1);
  }

  #refilled(address: string): Budget | undefined {
    const budget = this.#budgets.get(address);
    if (budget === undefined) return undefined;
    const { badSignaturesMax, badSignaturesPerS } = this.#limits;
    const nowMs = this.#clock.nowMs();
    const earned = (Math.max(0, nowMs - budget.atMs) / 1_000) * badSignaturesPerS;
    budget.left = Math.min(badSignaturesMax, budget.left + earned);
    budget.atMs = nowMs;
    return budget;
  }
}

/** A random signature usually recovers an address without coins. */
function isBadSignature(error: unknown): boolean {
  if (!isTrellisError(error)) return false;
  if (error.code === "FUNDS_INSUFFICIENT") return error.facts.balance === 0n;
  return BAD_SIGNATURE_CODES.has(error.code);
}
