import type { Clock } from "@trellis/base";
import type { WorkerStatistics } from "@trellis/protocol";
import { DIFFICULTY_1_HASHES } from "./difficulty.ts";

export type ShareOutcome = "accepted" | "stale" | "invalid" | "duplicate";

/** At least as many as connections. */
const WORKERS_MAX = 1_024;
/** The hash rate is a mean whose weights decay by e in this time. */
const DECAY_MS = 300_000;

/** Of one worker, over all its connections. */
export class Worker {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #sinceMs: number;
  readonly #shares = { accepted: 0, stale: 0, invalid: 0, duplicate: 0 };
  /** Weighted hashes at `#atMs`. */
  #hashes = 0;
  #atMs: number;
  lastShareMs: number | undefined;
  connections = 0;
  difficulty = 0;
  blocks = 0;

  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
    this.#atMs = this.#sinceMs;
  }

  add(outcome: ShareOutcome, difficulty: number): void {
    this.#shares[outcome]++;
    if (outcome !== "accepted") return;
    const nowMs = this.#clock.nowMs();
    this.#hashes = this.#hashes * decay(nowMs - this.#atMs) + difficulty * DIFFICULTY_1_HASHES;
    this.#atMs = nowMs;
    this.lastShareMs = nowMs;
  }

  statistics(): WorkerStatistics {
    const nowMs = this.#clock.nowMs();
    const weighedMs = DECAY_MS * (1 - decay(Math.max(1, nowMs - this.#sinceMs)));
    return {
      worker: this.#name,
      connections: this.connections,
      difficulty: this.difficulty,
      hashRate: (this.#hashes * decay(nowMs - this.#atMs)) / (weighedMs / 1_000),
      ...this.#shares,
      blocks: this.blocks,
      lastShareMs: this.lastShareMs,
    };
  }
}

export class Workers {
  readonly #clock: Clock;
  readonly #workers = new Map<string, Worker>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  at(name: string): Worker {
    const known = this.#workers.get(name);
    if (known !== undefined) return known;
    if (this.#workers.size >= WORKERS_MAX) this.#forget();
    const worker = new Worker(name, this.#clock);
    this.#workers.set(name, worker);
    return worker;
  }

  /** The unconnected worker without an accepted share for longest. */
  #forget(): void {
    let oldest: [name: string, ms: number] | undefined;
    for (const [name, { connections, lastShareMs = -Infinity }] of this.#workers) {
      if (connections === 0 && (oldest === undefined || lastShareMs < oldest[1]))
        oldest = [name, lastShareMs];
    }
    if (oldest !== undefined) this.#workers.delete(oldest[0]);
  }

  statistics(): readonly WorkerStatistics[] {
    return [...this.#workers.values()].map((worker) => worker.statistics());
  }
}

function decay(ms: number): number {
  return Math.exp(-Math.max(0, ms) / DECAY_MS);
}
