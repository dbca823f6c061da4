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
