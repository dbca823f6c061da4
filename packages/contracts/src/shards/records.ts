import { bigintToBytes, bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import type { Hash, StateReader, SystemCall } from "@trellis/protocol";
import { CROSS_LINKS_ADDRESS } from "../addresses.ts";
import { encodeCall } from "../storage/encodeAbi.ts";
import { mappingSlot, slotReader, unpack } from "../storage/slots.ts";
import { CROSS_LINKS_LAYOUT, SHARD_RECORD_LAYOUT } from "./layout.ts";

/** Shard 0's knowledge of another shard. Zero, with zero hashes, for genesis. [SHARD-15] */
export interface ShardRecord {
  readonly shard: number;
  readonly height: number;
  readonly number: number;
  readonly hash: Hash;
  readonly stateRoot: Hash;
  /** Epoch of the certificate. */
  readonly certifiedIn: number;
  /** Epoch whose set votes on later heights. */
  readonly epoch: number;
}

/** More than four cold slots and writes need. */
const RECORD_GAS = 200_000n;
/** More than all shards need. */
const REPLACE_GAS = 10_000_000n;

/** @param state of shard 0 [SHARD-15] */
export function readShardRecord(state: StateReader, shard: number): ShardRecord {
  const read = slotReader(state, CROSS_LINKS_ADDRESS);
  const base = mappingSlot(BigInt(shard), CROSS_LINKS_LAYOUT.records.slot);
  const word = read(base);
  const { height, number, certifiedIn, epoch, blockHash, stateRoot } = SHARD_RECORD_LAYOUT;
  return {
    shard,
    height: Number(unpack(word, height, 8)),
    number: Number(unpack(word, number, 8)),
    certifiedIn: Number(unpack(word, certifiedIn, 4)),
    epoch: Number(unpack(word, epoch, 4)),
    hash: hashOf(read(base + blockHash.slot)),
    stateRoot: hashOf(read(base + stateRoot.slot)),
  };
}

/** [SHARD-15.1] */
export function recordCrossLinkCall(record: ShardRecord): SystemCall {
  const { shard, height, number, certifiedIn, epoch, hash, stateRoot } = record;
  const words = [shard, height, number, certifiedIn, epoch].map(BigInt);
  return {
    to: CROSS_LINKS_ADDRESS,
    value: 0n,
    data: encodeCall("record(uint16,uint64,uint64,uint32,uint32,bytes32,bytes32)", [
      ...words,
      ...[hash, stateRoot].map((each) => bytesToBigint(hexToBytes(each))),
    ]),
    gasLimit: RECORD_GAS,
  };
}

/** @param before shards recorded in earlier blocks only are silent [SHARD-15.3] */
export function replaceSilentCall(epoch: number, before: number): SystemCall {
  return {
    to: CROSS_LINKS_ADDRESS,
    value: 0n,
    data: encodeCall("replaceSilent(uint32,uint64)", [epoch, before].map(BigInt)),
    gasLimit: REPLACE_GAS,
  };
}

function hashOf(word: bigint): Hash {
  return bytesToHex(bigintToBytes(word, 32));
}
