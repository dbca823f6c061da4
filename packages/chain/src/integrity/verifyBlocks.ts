import { bytesToHex } from "@trellis/base";
import { bodyRoot, carriedHashes, type Hash, headerHash } from "@trellis/protocol";
import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainTables } from "../store/tables.ts";
import { countEntries } from "./countEntries.ts";
import type { Problems } from "./Problems.ts";
import type { StoredEnds } from "./verifyMeta.ts";

export function verifyBlocks(
  tables: ChainTables,
  blocks: BlockStore,
  ends: StoredEnds,
  problems: Problems,
): number {
  const { arrivals, bodies } = verifyArrivals(tables, blocks, ends, problems);
  problems.expect("headers: their number", countEntries(tables.headers), arrivals.size);
  problems.expect("bodies: their number", countEntries(tables.bodies), bodies);
  problems.attempt("transactionCarriers", () => verifyCarriers(tables, blocks, arrivals, problems));
  problems.attempt("disqualified", () => {
    for (const [hash, value] of tables.disqualified.range({})) {
      if (!arrivals.has(hash)) problems.add(`disqualified: ${hash} is no block`);
      if (value.length > 0) problems.add(`disqualified: ${hash} has a value`);
      if (tables.mergedBy.get(hash) === hash) problems.add(`disqualified: ${hash} is on the selected chain`);
    }
  });
  return arrivals.size;
}

function verifyArrivals(
  tables: ChainTables,
  blocks: BlockStore,
  ends: StoredEnds,
  problems: Problems,
): { readonly arrivals: ReadonlyMap<Hash, number>; readonly bodies: number } {
  const arrivals = new Map<Hash, number>();
  let bodies = 0;
  const complete = new CompletePasts(ends);
  const headed = headersWithoutBodies(tables, blocks, ends);
  for (const [, record] of tables.dagRecords.range({})) {
    const hash = blockOfRecord(record);
    if (arrivals.has(hash)) problems.add(`dagRecords: ${hash} came twice`);
    problems.attempt(`block ${hash}`, () => {
      const header = blocks.storedHeader(hash);
      problems.expect(`block ${hash}: its header's hash`, headerHash(header), hash);
      const isComplete = complete.has(hash, header.parents);
      if ((isComplete && !headed(hash)) || tables.bodies.has(hash)) {
        bodies += 1;
        const { body } = blocks.storedBlock(hash);
        problems.expect(`block ${hash}: its body's root`, bodyRoot(body), header.bodyRoot);
      }
      const isRooted = header.parents.length > 0 || arrivals.size === 0;
      if (!isRooted) problems.add(`block ${hash}: it has no parents`);
      if (isComplete) {
        for (const parent of header.parents) {
          if (!arrivals.has(parent))
            problems.add(`block ${hash}: its parent ${parent} did not come before it`);
        }
      }
    });
    arrivals.set(hash, arrivals.size);
  }
  return { arrivals, bodies };
}

function verifyCarriers(
  tables: ChainTables,
  blocks: BlockStore,
  arrivals: ReadonlyMap<Hash, number>,
  problems: Problems,
): void {
  let carried = 0;
  for (const hash of arrivals.keys()) {
    problems.attempt(`block ${hash}`, () => {
      const body = tables.bodies.get(hash);
      for (const transaction of body === undefined ? [] : carriedHashes(body)) {
        carried += 1;
        if (!blocks.carriersOf(transaction).includes(hash)) {
          problems.add(`transactionCarriers: ${transaction} does not name its carrier ${hash}`);
        }
      }
    });
  }
  let named = 0;
  for (const [transaction, carriers] of tables.transactionCarriers.range({})) {
    named += carriers.length;
    const order = carriers.map((carrier) => arrivals.get(carrier) ?? -1);
    if (order.some((number, index) => number <= (order[index - 1] ?? -1))) {
      problems.add(`transactionCarriers: those of ${transaction} are not in the order in which they came`);
    }
  }
  problems.expect("transactionCarriers: the carriers that are named", named, carried);
}

/** Blocks with stored pasts: all, or the pruning point's future. */
class CompletePasts {
  readonly #pruned: StoredEnds["pruned"];
  readonly #future = new Set<Hash>();

  constructor({ pruned }: StoredEnds) {
    this.#pruned = pruned;
  }

  /** Must be called in arrival order. */
  has(hash: Hash, parents: readonly Hash[]): boolean {
    const pruned = this.#pruned;
    if (pruned === undefined) return true;
    const isComplete = parents.some((parent) => parent === pruned.hash || this.#future.has(parent));
    if (isComplete) this.#future.add(hash);
    return isComplete;
  }
}

/** The block of an imported state and its past have no bodies. */
function headersWithoutBodies(
  tables: ChainTables,
  blocks: BlockStore,
  { imported, awaitsState }: StoredEnds,
): (hash: Hash) => boolean {
  if (imported === undefined) return () => awaitsState;
  const past = new Set<Hash>([imported.hash]);
  for (const [, record] of tables.dagRecords.range({ isReverse: true })) {
    const hash = blockOfRecord(record);
    if (past.has(hash)) for (const parent of blocks.header(hash)?.parents ?? []) past.add(parent);
  }
  return (hash) => past.has(hash);
}

export function blockOfRecord(record: Uint8Array): Hash {
  return bytesToHex(record.subarray(0, 32));
}
