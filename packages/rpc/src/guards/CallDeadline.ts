import type { Clock } from "@trellis/base";
import { rpcErrors } from "../errors.ts";
import type { Session } from "../Session.ts";

export class CallDeadline {
  readonly session: Session;
  /** ms since the Unix epoch. */
  readonly dueMs: number;
  readonly #clock: Clock;
  readonly #timeMs: number;
  #workMs = 0;
  #workSinceMs: number | undefined;
  gasUsed = 0;

  /** @param sinceMs start of the message or batch entry */
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

  /** Excludes the wait in a lane. */
  get workMs(): number {
    return this.#workMs + (this.#workSinceMs === undefined ? 0 : this.#clock.nowMs() - this.#workSinceMs);
  }

  startWork(): void {
    this.#workSinceMs = this.#clock.nowMs();
  }

  stopWork(): void {
    this.#workMs = this.workMs;
    this.#workSinceMs = undefined;
  }

  check(): void {
    if (this.session.connection.isGone) throw rpcErrors.RPC_CLIENT_GONE();
    if (this.isLate) throw this.timedOut();
  }

  timedOut(cause?: unknown): Error {
    return rpcErrors.RPC_CALL_TIMED_OUT({ timeMs: this.#timeMs }, cause);
  }
}
