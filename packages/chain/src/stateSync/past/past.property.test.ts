import type { Hash, PastBlock } from "@trellis/protocol";
import { headerHash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "../../chain/testing/testChain.ts";
import { ChainDag } from "../../consensus/ChainDag.ts";
import { verifyStore } from "../../integrity/verifyStore.ts";
import { openChainTables } from "../../store/tables.ts";
import { PastServer } from "./PastServer.ts";
import { type HeaderDag, mineHeaders, HEADER_DAG_PARAMETERS as parameters } from "./testing/headerDag.ts";

const STREAMS = parameters.streams.map((_, stream) => stream);

async function chainAbove(checkpoint: Hash, past: readonly PastBlock[]): Promise<TestChain> {
  const chain = await createTestChain({ parameters });
  const pastImport = chain.states.startPast(checkpoint);
  pastImport.take(past);
  await pastImport.complete();
  return chain;
}

/** As stored. */
function dagOf({ store }: Pick<TestChain, "store">): ChainDag["dag"] {
  return ChainDag.load(parameters, openChainTables(store)).dag;
}

function place(dag: ChainDag["dag"], hash: Hash) {
  const { table } = dag;
  const number = table.number(hash)!;
  return {
    ...dag.ghostdagDataOf(hash),
    parents: dag.parents(hash),
    blueScore: dag.blueScore(hash),
    points: [dag.mergeDepthRoot(hash), dag.finalityPoint(hash)],
    daaCounts: STREAMS.map((stream) => table.daaCount(number, stream)),
    bits: STREAMS.map((stream) => table.bitsOf(number, stream)),
  };
}

function servedBy(
  known: Pick<HeaderDag, "blocks" | "chainDag">,
  checkpoint: Hash,
  countMax = 300,
): PastBlock[] {
  const server = new PastServer(parameters, known, { nowMs: () => 0 });
  const blocks: PastBlock[] = [];
  for (let after: Hash | undefined; ; after = headerHash(blocks.at(-1)!.header)) {
    const page = server.page(checkpoint, after, countMax);
    blocks.push(...page.blocks);
    if (page.isEnd) return blocks;
  }
}

describe.each([
  { name: "an honest network", attackShare: 0 },
  { name: "a network with hidden branches", attackShare: 0.3 },
])("$name", ({ attackShare }) => {
  it.each([
    [1, 11_500],
    [2, 3_000],
  ])(
    "SYNC-32: a DAG above a root equals the full DAG for all later blocks (seed %i, %i blocks)",
    async (seed, count) => {
      const full = await mineHeaders({ blocks: count, seed, attackShare });
      const { dag } = full.chainDag;
      const sink = dag.tips()[0]!;
      const checkpoint = dag.chainBlockAtDepth(sink, dag.blueScore(sink) - 1_000);
      const past = servedBy(full, checkpoint);
      const onChain = past
        .map(({ header }) => headerHash(header))
        .filter((hash) => dag.isChainAncestor(hash, checkpoint));
      const root = onChain.at(-1)!;
      const pruned = ChainDag.load(parameters, full.tables);
      pruned.prune(root);
      expect(servedBy({ ...full, chainDag: pruned }, checkpoint, 7)).toEqual(past);

      const chain = await chainAbove(checkpoint, past);
      expect(verifyStore(chain.store).problems).toEqual([]);
      const later = full.headers.filter(({ hash }) => !chain.exchange.has(hash));
      const outcomes = await chain.states.importHeaders(later.map(({ header }) => header));
      const above = dagOf(chain);
      for (const [index, { hash }] of later.entries()) {
        if (dag.isAncestor(checkpoint, hash))
          expect([hash, outcomes[index]!.kind]).toEqual([hash, "imported"]);
      }
      for (const { header } of past) {
        const hash = headerHash(header);
        expect(place(above, hash)).toEqual(place(pruned.dag, hash));
      }
      for (const { hash } of later) {
        if (!dag.isAncestor(checkpoint, hash)) continue;
        expect(place(above, hash)).toEqual(place(dag, hash));
      }
      const isHeir = (tip: Hash): boolean => dag.isChainAncestor(checkpoint, tip);
      expect(above.tips().filter(isHeir)).toEqual(dag.tips().filter(isHeir));
      expect(verifyStore(chain.store).problems).toEqual([]);
    },
  );
});
