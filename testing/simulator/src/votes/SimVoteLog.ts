import type { SigningWatermark, VoteLog } from "@trellis/chain";
import { storageErrors } from "@trellis/storage";
import type { DiskConditions } from "../disk/SimDisk.ts";
import type { NodeTime } from "../world/NodeTime.ts";
import type { RandomStream } from "../world/RandomStream.ts";

/**
 * The log of a node's votes over all of its lives, on the node's disk. A process that is killed leaves what was written;
 * a loss of power leaves the last record that was flushed, or a later one. What was reported as saved was flushed.
 */
export class SimVoteLog {
  readonly #rng: RandomStream;
  readonly #conditions: DiskConditions;
  /** On the disk, whatever happens. */
  #flushed: SigningWatermark | undefined;
  /** What a process would read. */
  #written: SigningWatermark | undefined;
  /** Handed to the disk, and not written. */
  #queued: SigningWatermark | undefined;
  /** What an old copy took the place of. */
  #newest: SigningWatermark | undefined;

  constructor(rng: RandomStream, conditions: DiskConditions) {
    this.#rng = rng;
    this.#conditions = conditions;
  }

  /** The log as one life of the node sees it. */
  open(time: NodeTime): VoteLog {
    return { load: () => this.#written, save: (record) => this.#save(time, record) };
  }

  crash(isPowerLoss: boolean): void {
    const rng = this.#rng;
    if (this.#queued !== undefined && rng.chance(0.5)) this.#written = this.#queued;
    this.#queued = undefined;
    if (isPowerLoss && rng.chance(0.5)) this.#written = this.#flushed;
    this.#flushed = this.#written;
  }

  /** What a backup holds. */
  copy(): SigningWatermark | undefined {
    return this.#flushed;
  }

  /** A backup is restored while the node is down. */
  restore(old: SigningWatermark | undefined): void {
    this.#newest = this.#written;
    this.#written = old;
    this.#flushed = old;
  }

  /** What the operator has of a newer protection file: where the key signed last, not what binds it there. [FINAL-14] */
  importNewest(): void {
    this.#written = this.#newest && { ...this.#newest, own: undefined };
    this.#flushed = this.#written;
  }

  async #save(time: NodeTime, record: SigningWatermark): Promise<void> {
    // Who has ended hands nothing over, and learns nothing.
    if (time.isOver) return new Promise(() => {});
    const rng = this.#rng;
    const { errorShare, writeMs } = this.#conditions;
    const wait = (): Promise<void> => time.wait(rng.between(0, writeMs), "vote log");
    this.#queued = record;
    await wait();
    this.#queued = undefined;
    const isFailing = rng.chance(errorShare);
    if (!isFailing || rng.chance(0.5)) this.#written = record;
    if (isFailing) throw storageErrors.STORE_WRITE_FAILED({ file: "votes" });
    await wait();
    this.#flushed = record;
  }
}
