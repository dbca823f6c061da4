import { bytesToBigint, bytesToHex } from "@trellis/base";
import type { Hash, Header } from "@trellis/protocol";
import { storedHistoryStart } from "../state/keptHistory.ts";
import type { HistoryStart } from "../state/StateStore.ts";
import type { BlockStore } from "../store/BlockStore.ts";
import { CHAIN_SCHEMA, type ChainTables, META_NAMES } from "../store/tables.ts";
import type { Problems } from "./Problems.ts";

export interface StoredEnds {
  readonly genesisHash: Hash;
  readonly baseHash: Hash;
  readonly base: Header;
  readonly sinkHash: Hash;
  readonly sink: Header;
  readonly historyStart: HistoryStart;
  /** Pruning point, whose past may be partly stored. */
  readonly pruned: NamedHeader | undefined;
  /** Undefined if no state was imported, or its block is pruned. */
  readonly imported: NamedHeader | undefined;
  readonly isImported: boolean;
  /** The flat tables contain zeros, and lack what the forked chain has. [DEV-7] */
  readonly isForked: boolean;
  readonly awaitsState: boolean;
  /** 0 for genesis. */
  readonly finalHeight: number;
}

interface NamedHeader {
  readonly hash: Hash;
  readonly header: Header;
}

export function verifyMeta(
  tables: ChainTables,
  blocks: BlockStore,
  problems: Problems,
): StoredEnds | undefined {
  for (const [name] of tables.meta.range({})) {
    if (!META_NAMES.includes(name)) problems.add(`meta: nobody knows "${name}"`);
  }
  const schema = bytesToBigint(tables.meta.get("schema") ?? new Uint8Array(0));
  problems.expect("meta: the schema", schema, BigInt(CHAIN_SCHEMA.version));
  const hashOf = (name: "genesis" | "base" | "sink"): Hash =>
    bytesToHex(tables.meta.get(name) ?? new Uint8Array(0));
  const [genesisHash, baseHash, sinkHash] = [hashOf("genesis"), hashOf("base"), hashOf("sink")];
  const headerOf = (hash: Hash): Header | undefined => {
    try {
      return blocks.header(hash);
    } catch {
      return undefined;
    }
  };
  const [base, sink] = [headerOf(baseHash), headerOf(sinkHash)];
  const firstNumber = headerOf(genesisHash)?.number ?? 0;
  if (base === undefined || sink === undefined) {
    problems.add("the store holds no chain: meta names a base or a sink that is not there");
    return undefined;
  }
  const pruned = named("pruned", tables, blocks);
  if (pruned === undefined && tables.meta.has("pruned")) problems.add("meta: the pruning point is no block");
  const imported = named("adopted", tables, blocks);
  const isImported = tables.meta.has("adopted");
  if (isImported && imported === undefined && pruned === undefined) {
    problems.add("meta: the block whose state was taken over is no block");
  }
  if (pruned === undefined && !isImported)
    problems.expect("meta: the genesis", genesisHash, tables.chainIndex.get(firstNumber));
  problems.expect("meta: the base on the selected chain", tables.chainIndex.get(base.number), baseHash);
  const historyStart = storedHistoryStart(tables, base.number);
  const { reads, proofs } = historyStart;
  if (reads > proofs || proofs > base.number) {
    problems.add(`meta: the history begins at ${reads}, with proofs at ${proofs}, of base ${base.number}`);
  }
  return {
    genesisHash,
    baseHash,
    base,
    sinkHash,
    sink,
    historyStart,
    pruned,
    imported,
    isImported,
    isForked: firstNumber > 0,
    awaitsState: tables.meta.has("headersOnly"),
    finalHeight: Number(bytesToBigint(tables.meta.get("finalHeight") ?? new Uint8Array(0))),
  };
}

function named(
  name: "pruned" | "adopted",
  { meta }: ChainTables,
  blocks: BlockStore,
): NamedHeader | undefined {
  const stored = meta.get(name);
  if (stored === undefined) return undefined;
  const hash = bytesToHex(stored);
  const header = blocks.header(hash);
  return header === undefined ? undefined : { hash, header };
}
