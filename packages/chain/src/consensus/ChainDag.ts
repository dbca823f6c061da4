import { bytesToHex } from "@trellis/base";
import type { Block, Hash, Header, NetworkParameters } from "@trellis/protocol";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import { BlueScoreIndex } from "./BlueScoreIndex.ts";
import { Difficulty, type DifficultyData } from "./difficulty/Difficulty.ts";
import {
  type BlockFacts,
  type BlockTable,
  Dag,
  type DagOptions,
  type DagRecord,
  type GhostdagData,
  type GhostdagRow,
} from "./index.ts";

type DagRecords = ChainTables["dagRecords"];

export type DagHeader = Pick<Header, "parents" | "stream">;

export interface HeaderContext extends GhostdagData, DifficultyData {
  readonly row: GhostdagRow;
}

export class ChainDag {
  readonly #records: DagRecords;
  #dag: Dag;
  #difficulty: Difficulty;
  #oldest: Hash;
  /** Undefined while a past is inserted. */
  #scores: { readonly table: BlockTable; readonly index: BlueScoreIndex } | undefined;
  /** A block that this node makes has its template's. Its row is valid until block numbers change. */
  #last: { readonly header: DagHeader; readonly context: HeaderContext } | undefined;

  private constructor(parameters: NetworkParameters, records: DagRecords, dag: Dag, oldest?: Hash) {
    this.#dag = dag;
    this.#records = records;
    this.#difficulty = new Difficulty(parameters, dag);
    this.#oldest = oldest ?? dag.table.hash(0);
    this.#scores = this.#indexScores();
  }

  get dag(): Dag {
    return this.#dag;
  }

  static begin(
    batch: ChainBatch,
    parameters: NetworkParameters,
    { dagRecords }: ChainTables,
    { hash, header }: Block,
  ): void {
    const dag = new Dag(optionsOf(parameters));
    const difficulty = new Difficulty(parameters, dag);
    const { stream, bits, timestampMs } = header;
    dag.insertGenesis({
      hash,
      work: difficulty.work(bits, stream),
      timestampMs,
      stream,
      ...difficulty.genesis(),
    });
    putRecord(batch, dagRecords, dag.record(hash));
  }

  static load(parameters: NetworkParameters, { dagRecords, meta }: ChainTables): ChainDag {
    const dag = Dag.load(optionsOf(parameters), recordsIn(dagRecords));
    const point = meta.get("pruned");
    return new ChainDag(parameters, dagRecords, dag, point && bytesToHex(point));
  }

  /** Contains only genesis, and blocks above `root` once they are inserted. [SYNC-32] */
  static beginAbove(root: Hash, parameters: NetworkParameters, { dagRecords }: ChainTables): ChainDag {
    const [genesis] = recordsIn(dagRecords);
    const dag = Dag.load(optionsOf(parameters), [genesis!]);
    const chainDag = new ChainDag(parameters, dagRecords, dag, root);
    chainDag.#scores = undefined;
    return chainDag;
  }

  /** Takes over the blocks of `other`. */
  become(other: ChainDag): void {
    this.#last = undefined;
    this.#dag = other.#dag;
    this.#difficulty = other.#difficulty;
    this.#oldest = other.#oldest;
    this.#scores = this.#indexScores();
  }

  contextOf({ parents, stream }: DagHeader): HeaderContext {
    if (this.#last !== undefined && isSamePlace(this.#last.header, { parents, stream }))
      return this.#last.context;
    const row = this.dag.ghostdag(parents);
    const context = { ...this.dag.ghostdagData(row), row, ...this.#difficulty.assess(row, stream) };
    this.#last = { header: { parents, stream }, context };
    return context;
  }

  insert(
    batch: ChainBatch,
    hash: Hash,
    { stream, bits, timestampMs }: Header,
    { row, daaCounts, bitsOfStreams, blueScore }: HeaderContext,
  ): void {
    const work = this.#difficulty.work(bits, stream);
    const facts: BlockFacts = { hash, work, timestampMs, stream, daaCounts, bitsOfStreams };
    const index = this.#scores && this.#currentScores().index;
    this.#last = undefined;
    this.dag.insert(facts, row);
    index?.add(blueScore);
    batch.onRollback(() => {
      this.#last = undefined;
      this.dag.rollBack(hash);
      index?.removeLast(blueScore);
    });
    putRecord(batch, this.#records, this.dag.record(hash));
  }

  /** Removes the newest block when the batch is committed. */
  takeBack(batch: ChainBatch, { hash, serial }: { readonly hash: Hash; readonly serial: number }): void {
    batch.delete(this.#records, serial);
    batch.onCommit(() => {
      const score = this.dag.blueScore(hash);
      const index = this.#scores && this.#currentScores().index;
      this.#last = undefined;
      this.dag.rollBack(hash);
      index?.removeLast(score);
    });
  }

  difficultyOf(row: GhostdagRow, stream: number): DifficultyData {
    return this.#difficulty.assess(row, stream);
  }

  /** False if the bits in force apply. [DIFF-5] */
  hasWindow(row: Pick<GhostdagRow, "selectedParent" | "mergeset" | "blueScore">, stream: number): boolean {
    return this.#difficulty.hasWindow(row, stream);
  }

  /** Cannot be rolled back. [SYNC-32] */
  insertTrusted(
    batch: ChainBatch,
    hash: Hash,
    { stream, bits, timestampMs }: Header,
    { row, daaCounts, bitsOfStreams }: Pick<HeaderContext, "row" | "daaCounts" | "bitsOfStreams">,
  ): void {
    const work = this.#difficulty.work(bits, stream);
    const facts: BlockFacts = { hash, work, timestampMs, stream, daaCounts, bitsOfStreams };
    this.#last = undefined;
    this.dag.insertTrusted(facts, row, this.#oldest);
    putRecord(batch, this.#records, this.dag.record(hash));
  }

  /** Pruning point of the last pruning, or genesis. */
  get oldest(): Hash {
    return this.#oldest;
  }

  prune(point: Hash): { readonly hash: Hash; readonly serial: number }[] {
    this.#oldest = point;
    this.#last = undefined;
    return this.dag.prune(point);
  }

  selectedParent(block: Hash): Hash | undefined {
    const { table } = this.dag;
    const parent = table.selectedParents[table.number(block)!]!;
    return parent < 0 ? undefined : table.hash(parent);
  }

  carrierCount(block: Hash): number {
    const { table } = this.dag;
    return table.mergesets.length(table.number(block)!) + 1;
  }

  /** In seconds. [EXEC-12] */
  chainTimestamp(block: Hash): number {
    const { table } = this.dag;
    let newestMs = 0;
    for (let at = table.number(block)!; at >= 0; at = table.selectedParents[at]!) {
      newestMs = Math.max(newestMs, table.timestampsMs[at]!);
    }
    return Math.floor(newestMs / 1000);
  }

  finalPoint(sink: Hash): Hash {
    return this.dag.finalityPoint(sink)!;
  }

  nextBits(sink: Hash, stream: number): number {
    return this.#difficulty.bitsFor(this.dag.ghostdag([sink]), stream);
  }

  hashesByBlueScore(from: number, to: number, countMax: number, isThere: (hash: Hash) => boolean): Hash[] {
    const { table, index } = this.#currentScores();
    const found = from <= 0 && index.first > 0 ? [table.hash(0)].filter(isThere) : [];
    for (const score of index.scoresBetween(from, to)) {
      if (found.length >= countMax) break;
      found.push(...table.hashes(index.blocksOf(score)).filter(isThere).sort());
    }
    return found.slice(0, countMax);
  }

  recentByStream(count: number): number[] {
    const { table } = this.dag;
    const counts = new Array<number>(table.streamCount).fill(0);
    for (let block = Math.max(0, table.count - count); block < table.count; block++)
      counts[table.streams[block]!]!++;
    return counts;
  }

  /** Pruning replaces the table. */
  #currentScores() {
    if (this.#scores?.table !== this.dag.table) this.#scores = this.#indexScores();
    return this.#scores;
  }

  #indexScores(): { readonly table: BlockTable; readonly index: BlueScoreIndex } {
    const { table } = this.dag;
    // Above a root, months of scores separate the blocks from genesis.
    const isGenesisApart = table.blueScores[0] === 0 && table.hash(0) !== this.#oldest;
    const first = isGenesisApart ? 1 : 0;
    let scoreMin = Number.POSITIVE_INFINITY;
    for (let at = first; at < table.count; at++) scoreMin = Math.min(scoreMin, table.blueScores[at]!);
    const index = new BlueScoreIndex(scoreMin, first);
    for (let at = first; at < table.count; at++) index.add(table.blueScores[at]!);
    return { table, index };
  }
}

function isSamePlace(known: DagHeader, { parents, stream }: DagHeader): boolean {
  if (known.stream !== stream || known.parents.length !== parents.length) return false;
  return parents.every((parent, index) => parent === known.parents[index]);
}

function optionsOf(parameters: NetworkParameters): DagOptions {
  return { limits: parameters, streamCount: parameters.streams.length };
}

function putRecord(batch: ChainBatch, records: DagRecords, { serial, bytes }: DagRecord): void {
  batch.put(records, serial, bytes);
}

function* recordsIn(records: DagRecords): Iterable<DagRecord> {
  for (const [serial, bytes] of records.range({})) yield { serial, bytes };
}
