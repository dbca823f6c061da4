import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { HEADER_DAG_PARAMETERS, mineHeaders } from "../stateSync/past/testing/headerDag.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { ChainDag } from "./ChainDag.ts";

it("finds blocks by blue score above a distant root, without memory for the scores below [SYNC-32]", async () => {
  const { chainDag, tables, genesisHash, headers } = await mineHeaders({
    blocks: 5,
    seed: 1,
    attackShare: 0,
  });
  const { hash, header } = headers[0]!;
  const counts = HEADER_DAG_PARAMETERS.streams.map(() => 0);
  const root = { blues: [], blueScore: 20_000_000, blueWork: 1n };
  const usedBefore = process.memoryUsage().heapUsed;
  const above = ChainDag.beginAbove(hash, HEADER_DAG_PARAMETERS, tables);
  const row = above.dag.trustedRow([], undefined, root);
  above.insertTrusted(new ChainBatch(), hash, header, { row, daaCounts: counts, bitsOfStreams: counts });
  chainDag.become(above);
  const found = (from: number) => chainDag.hashesByBlueScore(from, Number.MAX_SAFE_INTEGER, 9, () => true);
  expect(found(0)).toEqual([genesisHash, hash]);
  expect(found(1)).toEqual([hash]);
  // Eight bytes per score would be 160 MB.
  expect(process.memoryUsage().heapUsed - usedBefore).toBeLessThan(40_000_000);
});

it("a header's context follows its parent to another block number", async () => {
  const { chainDag, headers } = await mineHeaders({ blocks: 3, seed: 1, attackShare: 0 });
  const { hash: tip, header } = headers.at(-1)!;
  const [parent, sibling] = [hashOf(1), hashOf(2)];
  const insert = (hash: Hash): ChainBatch => {
    const batch = new ChainBatch();
    chainDag.insert(batch, hash, header, chainDag.contextOf({ parents: [tip], stream: header.stream }));
    return batch;
  };
  const contextUnder = () => chainDag.contextOf({ parents: [parent], stream: header.stream });
  const batch = insert(parent);
  const before = contextUnder();
  expect(contextUnder()).toBe(before);
  batch.rollback();
  insert(sibling);
  insert(parent);
  const after = contextUnder();
  const { selectedParent } = after.row;
  expect(selectedParent).toBe(before.row.selectedParent + 1);
  expect(after).toEqual({ ...before, row: { ...before.row, parents: [selectedParent], selectedParent } });
});

function hashOf(digit: number): Hash {
  return `0x${String(digit).repeat(64)}`;
}
