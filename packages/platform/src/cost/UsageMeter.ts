import type { Clock } from "@trellis/base";
import type { Principal } from "../auth/Principal.ts";
import { DayCallers } from "./DayCallers.ts";
import { DAY_MS, dayOf, startOf } from "./day.ts";
import type { CallerUsage } from "./Usage.ts";

const KEY_CHARS_MAX = 128;

export interface DayUsage {
  readonly day: string;
  readonly callers: readonly CallerUsage[];
}

/** Counts requests until they are drained. */
export class UsageMeter {
  readonly #clock: Clock;
  readonly #days = new Map<string, DayCallers>();
  #today = { fromMs: Number.POSITIVE_INFINITY, day: "", counted: new DayCallers() };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param requests 0 for further bytes of a request that was counted */
  count(
    principal: Pick<Principal, "id" | "kind" | "customerId"> | undefined,
    bytesIn: number,
    bytesOut: number,
    requests = 1,
  ): void {
    const caller = { tenant: principal?.customerId, key: keyOf(principal), requests, bytesIn, bytesOut };
    this.#now().add(caller);
  }

  /** Each count is returned once, unless it is restored. */
  drain(): DayUsage[] {
    this.#now();
    const drained = [...this.#days].flatMap(([day, counted]) => {
      const callers = counted.callers();
      return callers.length === 0 ? [] : [{ day, callers }];
    });
    for (const [day, counted] of this.#days) {
      if (day === this.#today.day) counted.clear();
      else this.#days.delete(day);
    }
    return drained;
  }

  /** Of drained usage that was not written. */
  restore(drained: readonly DayUsage[]): void {
    for (const { day, callers } of drained) for (const caller of callers) this.#day(day).add(caller);
  }

  #now(): DayCallers {
    const nowMs = this.#clock.nowMs();
    const { fromMs } = this.#today;
    if (nowMs < fromMs || nowMs >= fromMs + DAY_MS) {
      const day = dayOf(nowMs);
      this.#today = { fromMs: startOf(day), day, counted: this.#day(day) };
    }
    return this.#today.counted;
  }

  #day(name: string): DayCallers {
    return this.#days.getOrInsertComputed(name, () => new DayCallers());
  }
}

/** Names of users are personal data, so all users are one key. PostgreSQL refuses NUL characters. */
function keyOf(principal: Pick<Principal, "id" | "kind"> | undefined): string {
  if (principal === undefined || principal.kind === "anonymous") return "anonymous";
  if (principal.kind === "user") return "users";
  return principal.id.slice(0, KEY_CHARS_MAX).replaceAll("\0", "");
}
