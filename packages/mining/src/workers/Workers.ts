import type { Clock } from "@trellis/base";
import type { Hash, WorkerIdentity, WorkerStatistics } from "@trellis/protocol";
import { DIFFICULTY_1_HASHES } from "./difficulty.ts";
import type { FinalBlocks } from "./FinalBlocks.ts";

export type ShareOutcome = "accepted" | "stale" | "invalid" | "duplicate";

/** Beyond, connected ones only. At least as many as connections of Stratum. */
const WORKERS_MAX = 1_024;
/** The hash rate is a mean whose weights decay by e in this time. */
const DECAY_MS = 300_000;

interface WorkerPorts {
  readonly clock: Clock;
  readonly finalBlocks: Pick<FinalBlocks, "follow">;
}

/** Of one worker, over all its connections. */
export class Worker {
  readonly #identity: WorkerIdentity;
  readonly #ports: WorkerPorts;
  readonly #sinceMs: number;
  readonly #shares = { accepted: 0, stale: 0, invalid: 0, duplicate: 0 };
  /** Weighted hashes at `#atMs`. */
  #hashes = 0;
  #atMs: number;
  #blocks = { blocks: 0, blue: 0, red: 0, rewardsWei: 0n };
  lastShareMs: number | undefined;
  connections = 0;
  difficulty = 0;
  device = "";
  /** Replaces the estimate from shares. */
  measuredRate: (() => number) | undefined;

  constructor(identity: WorkerIdentity, ports: WorkerPorts) {
    this.#identity = identity;
    this.#ports = ports;
    this.#sinceMs = ports.clock.nowMs();
    this.#atMs = this.#sinceMs;
  }

  add(outcome: ShareOutcome, difficulty: number): void {
    this.#shares[outcome]++;
    if (outcome !== "accepted") return;
    const nowMs = this.#ports.clock.nowMs();
    this.#hashes = this.#hashes * decay(nowMs - this.#atMs) + difficulty * DIFFICULTY_1_HASHES;
    this.#atMs = nowMs;
    this.lastShareMs = nowMs;
  }

  /** Colour and reward count once they are final. */
  addBlock(hash: Hash): void {
    this.#blocks.blocks++;
    this.#ports.finalBlocks.follow(hash, (colour, subsidyWei) => {
      this.#blocks[colour]++;
      if (colour === "blue") this.#blocks.rewardsWei += subsidyWei;
    });
  }

  statistics(): WorkerStatistics {
    return {
      ...this.#identity,
      device: this.device,
      connections: this.connections,
      difficulty: this.difficulty,
      hashRate: this.measuredRate?.() ?? this.#estimatedRate(),
      ...this.#shares,
      ...this.#blocks,
      lastShareMs: this.lastShareMs,
    };
  }

  #estimatedRate(): number {
    const nowMs = this.#ports.clock.nowMs();
    const weighedMs = DECAY_MS * (1 - decay(Math.max(1, nowMs - this.#sinceMs)));
    return (this.#hashes * decay(nowMs - this.#atMs)) / (weighedMs / 1_000);
  }
}

/** Of the node's own miner, JSON-RPC and Stratum. */
export class Workers {
  readonly #ports: WorkerPorts;
  readonly #workers = new Map<string, Worker>();

  constructor(ports: WorkerPorts) {
    this.#ports = ports;
  }

  at(identity: WorkerIdentity): Worker {
    const key = `${identity.source}/${identity.stream}/${identity.worker}`;
    const known = this.#workers.get(key);
    if (known !== undefined) return known;
    if (this.#workers.size >= WORKERS_MAX) this.#forget();
    const worker = new Worker(identity, this.#ports);
    this.#workers.set(key, worker);
    return worker;
  }

  /** The unconnected worker without an accepted share for longest. */
  #forget(): void {
    let oldest: [key: string, ms: number] | undefined;
    for (const [key, { connections, lastShareMs = -Infinity }] of this.#workers) {
      if (connections === 0 && (oldest === undefined || lastShareMs < oldest[1])) oldest = [key, lastShareMs];
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
