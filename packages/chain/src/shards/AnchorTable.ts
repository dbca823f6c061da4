import { bytesToHex, LruMap } from "@trellis/base";
import { GOVERNED, type GovernedValues } from "@trellis/contracts";
import {
  encodeRlp,
  type Hash,
  openRlpList,
  type RlpInput,
  type RlpReader,
  ZERO_HASH,
} from "@trellis/protocol";
import type { AnchoredRecord, AnchoredState } from "../consensus/rules/AnchoredState.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import { shardKey } from "./shardKey.ts";

interface OwnRow {
  readonly record: AnchoredRecord;
  readonly values: GovernedValues | undefined;
}

const KNOWN_MAX = 64;
const NO_RECORD: AnchoredRecord = { height: 0, number: 0, hash: ZERO_HASH, stateRoot: ZERO_HASH, epoch: 0 };

/**
 * What shards need of shard 0's states, which are dropped earlier. Each anchor has a row of shard 0; other shards have
 * rows where their record changed. [SHARD-22]
 */
export class AnchorTable {
  readonly #anchors: ChainTables["anchors"];
  /** Number of shards. */
  readonly count: number;
  /** By hash. */
  readonly #known = new LruMap<Hash, AnchoredState>(KNOWN_MAX);

  constructor({ anchors }: Pick<ChainTables, "anchors">, count: number) {
    this.#anchors = anchors;
    this.count = count;
  }

  has(batch: ChainBatch, number: number): boolean {
    return batch.get(this.#anchors, shardKey(0, number)) !== undefined;
  }

  /** Undefined if the block has no row. */
  at(number: number): AnchoredState | undefined {
    const row = this.#anchors.get(shardKey(0, number));
    if (row === undefined) return undefined;
    const { record, values } = decodeOwnRow(row);
    const known = this.#known.get(record.hash);
    if (known !== undefined) return known;
    const others = Array.from({ length: this.count - 1 }, (_, index) => this.#record(index + 1, number));
    const state = { values, records: [record, ...others] };
    this.#known.set(record.hash, state);
    return state;
  }

  /** In any order: records only move forward, so a row between two others has no later record than the upper one. */
  put(batch: ChainBatch, { values, records }: AnchoredState): void {
    const record = records[0]!;
    const { number } = record;
    batch.put(this.#anchors, shardKey(0, number), encodeOwnRow({ record, values }));
    batch.onCommit(() => this.#known.delete(record.hash));
    for (let shard = 1; shard < records.length; shard++) {
      const row = encodeRlp(fieldsOf(records[shard]!));
      if (bytesToHex(row) !== bytesToHex(encodeRlp(fieldsOf(this.#record(shard, number)))))
        batch.put(this.#anchors, shardKey(shard, number), row);
    }
  }

  clear(batch: ChainBatch): void {
    for (const [key] of this.#anchors.range({})) batch.delete(this.#anchors, key);
  }

  /** Keeps what the states from `number` on contain. */
  deleteBelow(batch: ChainBatch, number: number): void {
    for (let shard = 0; shard < this.count; shard++) {
      const to = shardKey(shard, shard === 0 ? number : number + 1);
      const keys = [...this.#anchors.range({ from: shardKey(shard, 0), to })].map(([key]) => key);
      for (const key of shard === 0 ? keys : keys.slice(0, -1)) batch.delete(this.#anchors, key);
    }
  }

  #record(shard: number, number: number): AnchoredRecord {
    const range = { from: shardKey(shard, 0), to: shardKey(shard, number + 1) };
    const [newest] = this.#anchors.range({ ...range, isReverse: true, countMax: 1 });
    return newest === undefined ? NO_RECORD : decodeAnchorRecord(newest[1]);
  }
}

function encodeOwnRow({ record, values }: OwnRow): Uint8Array {
  return encodeRlp([...fieldsOf(record), values === undefined ? [] : GOVERNED.map((name) => values[name])]);
}

/** @throws RLP_INVALID */
export function decodeOwnRow(row: Uint8Array): OwnRow {
  const fields = openRlpList(row, "anchor");
  const record = readRecord(fields);
  const list = fields.readList("values");
  const values = list.isDone
    ? undefined
    : (Object.fromEntries(GOVERNED.map((name) => [name, list.readUint(name)])) as GovernedValues);
  list.finish("values");
  fields.finish("anchor");
  return { record, values };
}

/** @throws RLP_INVALID */
export function decodeAnchorRecord(row: Uint8Array): AnchoredRecord {
  const fields = openRlpList(row, "record");
  const record = readRecord(fields);
  fields.finish("record");
  return record;
}

function fieldsOf({ height, number, hash, stateRoot, epoch }: AnchoredRecord): RlpInput[] {
  return [height, number, hash, stateRoot, epoch];
}

function readRecord(fields: RlpReader): AnchoredRecord {
  return {
    height: fields.readNumber("height"),
    number: fields.readNumber("number"),
    hash: fields.readHash("hash"),
    stateRoot: fields.readHash("stateRoot"),
    epoch: fields.readNumber("epoch"),
  };
}
