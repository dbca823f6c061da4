import {
  createMemoryStore,
  type KeyReader,
  type KeySnapshot,
  type KeyValueStore,
  storageErrors,
  type WriteOperation,
} from "@trellis/storage";
import type { NodeTime } from "../world/NodeTime.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import type { World } from "../world/World.ts";

export interface DiskConditions {
  /** Share of batches that fail. Half of them are stored nevertheless. */
  errorShare: number;
  writeMs: number;
}

/** Maximum age of unflushed batches. */
const WRITE_OUT_MS = 3_000;

interface Batch {
  readonly atMs: number;
  readonly before: KeySnapshot;
  readonly operations: readonly WriteOperation[];
}

interface DiskOptions {
  readonly isDurable: boolean;
  /** Planted defect: a power loss drops one batch and keeps later batches. */
  readonly isTorn?: boolean;
}

/**
 * Survives restarts. Batches are atomic and ordered (STORE-2). A power loss drops some of the newest batches;
 * on a durable disk, only unconfirmed batches.
 */
export class SimDisk {
  readonly conditions: DiskConditions = { errorShare: 0, writeMs: 2 };
  readonly #world: World;
  readonly #node: number;
  readonly #rng: RandomStream;
  readonly #isDurable: boolean;
  readonly #isTorn: boolean;
  #content: KeyValueStore = createMemoryStore();
  #unflushed: Batch[] = [];
  #queued: { readonly operations: readonly WriteOperation[] }[] = [];
  lostCount = 0;

  constructor(world: World, node: number, { isDurable, isTorn = false }: DiskOptions) {
    this.#world = world;
    this.#node = node;
    this.#isDurable = isDurable;
    this.#isTorn = isTorn;
    this.#rng = world.random(`disk ${node}`);
  }

  get content(): KeyReader {
    return this.#content;
  }

  open(time: NodeTime): KeyValueStore {
    const content = this.#content;
    let line: Promise<unknown> = Promise.resolve();
    return {
      ...content,
      write: (operations) => {
        const written = line.then(() => this.#write(time, operations));
        line = written.catch(() => {});
        return written;
      },
      flush: async () => {
        await line;
        this.#flush();
      },
      close: async () => {
        await line;
      },
    };
  }

  async crash(isPowerLoss: boolean): Promise<void> {
    const arrived = this.#queued.splice(0, this.#rng.below(this.#queued.length + 1));
    for (const { operations } of arrived) await this.#store(operations);
    this.#queued = [];
    if (isPowerLoss && this.#isTorn) await this.#tear();
    else if (isPowerLoss && !this.#isDurable) await this.#loseTail();
    this.#flush();
  }

  async #loseTail(): Promise<void> {
    const lost = this.#rng.below(this.#unflushed.length + 1);
    if (lost === 0) return;
    this.lostCount += lost;
    this.#world.note(this.#node, "loses batches", lost);
    await this.#goBackTo(this.#unflushed.at(-lost)!);
  }

  async #tear(): Promise<void> {
    const [lost, ...kept] = this.#unflushed.slice(-2);
    if (lost === undefined || kept.length === 0) return;
    this.#world.note(this.#node, "is torn");
    await this.#goBackTo(lost);
    for (const { operations } of kept) await this.#content.write(operations);
  }

  async #goBackTo({ before }: Batch): Promise<void> {
    const content = createMemoryStore();
    const entries = [...before.range({})].map(([key, value]) => ({ kind: "put" as const, key, value }));
    await content.write(entries);
    this.#content = content;
  }

  async #write(time: NodeTime, operations: readonly WriteOperation[]): Promise<void> {
    // A stopped node writes nothing and receives no answer.
    if (time.isOver) return new Promise(() => {});
    const batch = { operations };
    this.#queued.push(batch);
    const { errorShare, writeMs } = this.conditions;
    await time.wait(this.#rng.between(0, writeMs), "disk");
    this.#queued.splice(this.#queued.indexOf(batch), 1);
    const isFailing = this.#rng.chance(errorShare);
    if (!isFailing || this.#rng.chance(0.5)) await this.#store(operations);
    if (isFailing) {
      this.#world.note(this.#node, "disk error");
      throw storageErrors.STORE_WRITE_FAILED({ node: this.#node });
    }
  }

  async #store(operations: readonly WriteOperation[]): Promise<void> {
    const { nowMs } = this.#world;
    const oldest = this.#unflushed.findIndex(({ atMs }) => atMs > nowMs - WRITE_OUT_MS);
    const forgotten = this.#unflushed.splice(0, oldest === -1 ? this.#unflushed.length : oldest);
    for (const { before } of forgotten) before.close();
    this.#unflushed.push({ atMs: nowMs, before: this.#content.snapshot(), operations });
    await this.#content.write(operations);
  }

  #flush(): void {
    for (const { before } of this.#unflushed.splice(0)) before.close();
  }
}
