import type { Clock } from "@trellis/base";
import { rpcErrors } from "../errors.ts";
import type { Session } from "../Session.ts";

/** Who waits for a call's answer, and until when. */
export class CallTerms {
  readonly session: Session;
  /** ms since the Unix epoch; counts from the arrival of the request. */
  readonly dueMs: number;
  readonly #clock: Clock;
  readonly #timeMs: number;

  /** @param sinceMs when the request arrived, or when its batch came to it */
  constructor(session: Session, clock: Clock, sinceMs: number, timeMs: number) {
    this.session = session;
    this.dueMs = sinceMs + timeMs;
    this.#clock = clock;
    this.#timeMs = timeMs;
  }

  get isLate(): boolean {
    return this.#clock.nowMs() > this.dueMs;
  }

  get restMs(): number {
    return Math.max(0, this.dueMs - this.#clock.nowMs());
  }

  /** @throws RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT when nobody waits any more */
  check(): void {
    if (this.session.connection.isGone) throw rpcErrors.RPC_CLIENT_GONE();
    if (this.isLate) throw this.timedOut();
  }

  timedOut(cause?: unknown): Error {
    return rpcErrors.RPC_CALL_TIMED_OUT({ timeMs: this.#timeMs }, cause);
  }
}
