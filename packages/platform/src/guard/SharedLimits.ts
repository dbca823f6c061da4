import type { Clock, Log, Scheduler, Timer } from "@trellis/base";
import type { Account } from "./Account.ts";
import type { SharedCounts } from "./Guard.ts";

export interface CounterEntry {
  readonly key: string;
  readonly cost: number;
  /** If defined, a cost above the rest of this limit is not counted. */
  readonly limit?: number;
}

export interface CounterTotal {
  /** Total of all processes, including this cost if it was counted. */
  readonly used: number;
  readonly isCounted: boolean;
  readonly waitMs: number;
}

export interface CounterStore {
  /** Rejects while the counters are unreachable. */
  count(
    entries: readonly CounterEntry[],
    windowMs: number,
  ): Promise<{ readonly totals: readonly CounterTotal[]; readonly processes: number }>;
}

interface SharedLimitPorts {
  readonly store: CounterStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** Interval of exchanges with the counters. Calls do not wait for them. */
const SEND_MS = 200;
const RETRY_MS = 1_000;
/** Assumed until the counters are first reached. */
const PROCESSES_ASSUMED = 2;

/** If the counters fail, each process applies its share of each limit. [GUARD-8] */
export class SharedLimits implements SharedCounts {
  readonly #windowMs: number;
  readonly #ports: SharedLimitPorts;
  #changed = new Set<Account>();
  #processes = PROCESSES_ASSUMED;
  #isFailing = false;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(windowMs: number, ports: SharedLimitPorts) {
    this.#windowMs = windowMs;
    this.#ports = ports;
  }

  processes(): number {
    return this.#isFailing ? this.#processes : 1;
  }

  sendSoon(account: Account): void {
    this.#changed.add(account);
    this.#timer ??= this.#sendAfter(this.#isFailing ? RETRY_MS : SEND_MS);
  }

  async take(account: Account, cost: number, limit: number): Promise<CounterTotal | undefined> {
    if (this.#isFailing) {
      this.sendSoon(account);
      return undefined;
    }
    const entry = { key: account.key, cost: Math.min(cost, limit), limit };
    const counted = await this.#count([entry]);
    return counted?.[0];
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #sendAfter(ms: number): Timer | undefined {
    if (this.#isClosed) return undefined;
    return this.#ports.scheduler.after(ms, () => {
      this.#timer = undefined;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    const accounts = [...this.#changed];
    this.#changed = new Set();
    const entries = accounts.map(({ key, unsent }) => ({ key, cost: unsent }));
    for (const account of accounts) account.unsent = 0;
    const totals = await this.#count(entries);
    const nowMs = this.#ports.clock.nowMs();
    for (const [index, account] of accounts.entries()) {
      const total = totals?.[index];
      if (total !== undefined)
        account.setOthers(total.used - account.window.used(nowMs) + account.unsent, nowMs);
      else {
        account.unsent += entries[index]!.cost;
        account.setOthers(0, nowMs);
        this.sendSoon(account);
      }
    }
  }

  async #count(entries: readonly CounterEntry[]): Promise<readonly CounterTotal[] | undefined> {
    const { store, log } = this.#ports;
    try {
      const { totals, processes } = await store.count(entries, this.#windowMs);
      if (this.#isFailing) log.info("guard.countersShared", { processes });
      this.#isFailing = false;
      this.#processes = Math.max(1, processes);
      return totals;
    } catch (error) {
      if (!this.#isFailing) {
        log.warn("guard.countersLost", {
          error: error as Error,
          processes: this.#processes,
          message: "Each process has its share of the limits until the shared counters are reachable.",
        });
      }
      this.#isFailing = true;
      return undefined;
    }
  }
}
