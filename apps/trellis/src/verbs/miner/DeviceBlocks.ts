import { z } from "zod";
import type { NodeConnection } from "./openNodeConnection.ts";

/** Blocks whose colour is not final yet. Further ones replace those that were checked longest ago. */
const FOLLOWED_MAX = 1_024;
/** Blocks of one check, so that a long queue is no burst. */
const CHECK_MAX = 64;

const dagBlock = z
  .object({
    number: z.string().transform(Number),
    color: z.enum(["blue", "red"]).nullable(),
    mergedBy: z.string().nullable(),
  })
  .nullable();
const checkpoint = z.object({ finalized: z.object({ number: z.string().transform(Number) }) });

export interface DeviceStatus {
  readonly accepted: number;
  readonly stale: number;
  readonly refused: number;
  /** Submitted without an answer. */
  readonly lost: number;
  readonly blue: number;
  readonly red: number;
  readonly rewardsWei: bigint;
}

/** Counts a device's blocks. Colours count once they are final, because a reorganisation can change them. */
export class DeviceBlocks {
  readonly #waiting: { readonly hash: string; readonly subsidyWei: bigint }[] = [];
  readonly #counts = { accepted: 0, stale: 0, refused: 0, lost: 0, blue: 0, red: 0, rewardsWei: 0n };

  status(): DeviceStatus {
    return { ...this.#counts };
  }

  accepted(hash: string, subsidyWei: bigint): void {
    this.#counts.accepted++;
    this.#waiting.push({ hash, subsidyWei });
    if (this.#waiting.length > FOLLOWED_MAX) this.#waiting.shift();
  }

  stale(): void {
    this.#counts.stale++;
  }

  refused(): void {
    this.#counts.refused++;
  }

  lost(): void {
    this.#counts.lost++;
  }

  async check(node: NodeConnection): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { finalized } = checkpoint.parse(await node.call("trellis_getCheckpoint"));
    for (const block of this.#waiting.slice(0, CHECK_MAX)) {
      const colour = await finalColour(node, block.hash, finalized.number);
      const index = this.#waiting.indexOf(block);
      // Replaced meanwhile.
      if (index === -1) continue;
      this.#waiting.splice(index, 1);
      if (colour === undefined) this.#waiting.push(block);
      else this.#counts[colour]++;
      if (colour === "blue") this.#counts.rewardsWei += block.subsidyWei;
    }
  }
}

export function sumOf(one: DeviceStatus, other: DeviceStatus): DeviceStatus {
  return {
    accepted: one.accepted + other.accepted,
    stale: one.stale + other.stale,
    refused: one.refused + other.refused,
    lost: one.lost + other.lost,
    blue: one.blue + other.blue,
    red: one.red + other.red,
    rewardsWei: one.rewardsWei + other.rewardsWei,
  };
}

/** Undefined: not final, or unknown to a node that has replaced another one. */
async function finalColour(
  node: NodeConnection,
  hash: string,
  finalized: number,
): Promise<"blue" | "red" | undefined> {
  const block = dagBlock.parse(await node.call("trellis_getDagBlock", hash));
  if (block === null || block.color === null || block.mergedBy === null) return undefined;
  const merging = dagBlock.parse(await node.call("trellis_getDagBlock", block.mergedBy));
  return merging !== null && merging.number <= finalized ? block.color : undefined;
}
