import { type Address, encodeRlp, type Hash, openRlpList } from "@trellis/protocol";
import { listOf, readOption } from "./blockOverride.ts";

export interface SnapshotSettings {
  /** Of the devnet's clock. */
  readonly nowMs: number;
  readonly miner?: Address | undefined;
  readonly gasLimit?: bigint | undefined;
  /** Of the next block only, like the two below. */
  readonly baseFee?: bigint | undefined;
  readonly prevRandao?: Hash | undefined;
  readonly timestampMs?: number | undefined;
}

/** [DEV-3] */
export interface Snapshot {
  readonly block: Hash;
  readonly settings: SnapshotSettings;
}

export function encodeSnapshot({ block, settings }: Snapshot): Uint8Array {
  const { nowMs, miner, gasLimit, baseFee, prevRandao, timestampMs } = settings;
  return encodeRlp([
    block,
    nowMs,
    listOf(miner),
    listOf(gasLimit),
    listOf(baseFee),
    listOf(prevRandao),
    listOf(timestampMs),
  ]);
}

/** @throws RLP_INVALID */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const fields = openRlpList(bytes, "snapshot");
  const block = fields.readHash("block");
  const nowMs = fields.readNumber("nowMs");
  const miner = readOption(fields, "miner", (list) => list.readAddress("miner"));
  const gasLimit = readOption(fields, "gasLimit", (list) => list.readUint("gasLimit"));
  const baseFee = readOption(fields, "baseFee", (list) => list.readUint("baseFee"));
  const prevRandao = readOption(fields, "prevRandao", (list) => list.readHash("prevRandao"));
  const timestampMs = readOption(fields, "timestampMs", (list) => list.readNumber("timestampMs"));
  fields.finish("snapshot");
  return {
    block,
    settings: {
      nowMs,
      miner,
      gasLimit,
      baseFee,
      prevRandao,
      timestampMs,
    },
  };
}
