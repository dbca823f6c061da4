import type { SigningWatermark, VoteLog } from "@trellis/chain";
import { storageErrors } from "@trellis/storage";
import type { DiskConditions } from "../disk/SimDisk.ts";
import type { NodeTime } from "../world/NodeTime.ts";
import type { RandomStream } from "../world/RandomStream.ts";

/**
 * Survives restarts. A power loss keeps the last flushed record or a later one. Confirmed records are
 * flushed.
 */
export class SimVoteLog {
  readonly #rng: RandomStream;
  readonly #conditions: DiskConditions;
  /** Survives a power loss. */
  #flushed: SigningWatermark | undefined;
  /** Survives a kill. */
  #written: SigningWatermark | undefined;
  #queued: SigningWatermark | undefined;
  /** The record that a restored backup replaced. */
  #newest: SigningWatermark | undefined;

  constructor(rng: RandomStream, conditions: DiskConditions) {
    this.#rng = rng;
    this.#conditions = conditions;
  }

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

  copy(): SigningWatermark | undefined {
    return this.#flushed;
  }

  restore(old: SigningWatermark | undefined): void {
    this.#newest = this.#written;
    this.#written = old;
    this.#flushed = old;
  }

  /** Imports neither locks nor own votes. [FINAL-14] */
  importNewest(): void {
    this.#written = this.#newest && { ...this.#newest, own: undefined };
    this.#flushed = this.#written;
  }

  async #save(time: NodeTime, record: SigningWatermark | undefined): Promise<void> {
    // A stopped node writes nothing and receives no answer.
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
