import type { Clock } from "@trellis/base";
import { seededRandom } from "@trellis/kit";
import { type Block, type Hash, headerHash, type PastBlock, type TrustedPlace } from "@trellis/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { fetchState, giveHeaders } from "../../chain/testing/importState.ts";
import { mineRandomDag } from "../../chain/testing/randomDag.ts";
import { TestBlockBuilder } from "../../chain/testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, type TestChain } from "../../chain/testing/testChain.ts";
import { shallowParameters } from "../../chain/testing/testNetwork.ts";
import { verifyStore } from "../../integrity/verifyStore.ts";
import { PastServer } from "./PastServer.ts";
import { HEADER_DAG_PARAMETERS, type HeaderDag, mineHeaders } from "./testing/headerDag.ts";

const parameters = shallowParameters();
/** A root is at least 256 chain blocks below its checkpoint. */
const recentBlocksMin = 330;

let blocks: readonly Block[];
/** Pruned; keeps few blocks below the checkpoint's root. */
let source: TestChain;
let checkpoint: Block;

beforeAll(async () => {
  blocks = await mineRandomDag(await TestBlockBuilder.open(parameters), 1_200, seededRandom(21));
  source = await createTestChain({ parameters, recentBlocksMin });
  await source.exchange.importBlocks(blocks.slice(0, 1_000));
  checkpoint = blockAt(source, 60);
});

function blockAt({ view }: TestChain, depth: number): Block {
  return view.block(view.blockByNumber(view.head().header.number - depth)!.hash)!;
}

function pastOf({ states }: TestChain, { hash }: Block): readonly PastBlock[] {
  return states.pastOf(hash, undefined, 10_000).blocks;
}

async function openPast(
  chain: TestChain,
  { hash }: Pick<Block, "hash">,
  past: readonly PastBlock[],
): Promise<void> {
  const pastImport = chain.states.startPast(hash);
  pastImport.take(past);
  await pastImport.complete();
}

/** Syncs from `from`, which is pruned. */
async function newcomer(from: TestChain, trusted: Block): Promise<TestChain> {
  const chain = await createTestChain({ parameters, recentBlocksMin });
  await openPast(chain, trusted, pastOf(from, trusted));
  const reopened = await chain.reopen();
  await completeFrom(reopened, from, trusted);
  return reopened;
}

async function completeFrom(chain: TestChain, from: TestChain, { hash }: Block): Promise<void> {
  const { headers } = from.exchange.headersAfter([hash], 10_000)!;
  await chain.states.importHeaders(headers);
  await (await fetchState(chain, from, blockAt(from, 8))).complete();
}

async function follow(chain: TestChain, all: readonly Block[]): Promise<TestChain> {
  let current = chain;
  const rest = all.filter(({ hash }) => !chain.exchange.has(hash));
  for (let at = 0; at < rest.length; at += 60) {
    await current.exchange.importBlocks(rest.slice(at, at + 60));
    expect(verifyStore(current.store).problems).toEqual([]);
    current = await current.reopen();
  }
  return current;
}

function serverOf(full: HeaderDag, clock: Clock = { nowMs: () => 0 }): PastServer {
  return new PastServer(HEADER_DAG_PARAMETERS, full, clock);
}

describe("chain above a root [SYNC-32]", () => {
  it("starts without headers below the root, executes, prunes, and serves the next newcomer", async () => {
    expect(source.view.oldestNumber()).toBeGreaterThan(50);
    const first = await follow(await newcomer(source, checkpoint), blocks);
    const full = await createTestChain({ parameters, recentBlocksMin });
    await full.exchange.importBlocks(blocks);
    for (const view of [first.view]) {
      expect(view.head()).toEqual(full.view.head());
      expect(view.finalized()).toEqual(full.view.finalized());
      for (let number = view.oldestNumber(); number <= view.head().header.number; number++) {
        expect(view.blockByNumber(number)).toEqual(full.view.blockByNumber(number));
      }
    }
    const later = blockAt(full, 20);
    expect(pastOf(first, later)).toEqual(pastOf(full, later));
    const second = await follow(await newcomer(first, later), blocks);
    expect(second.view.head()).toEqual(full.view.head());
  });

  it("reads return genesis until the state is complete", async () => {
    const chain = await createTestChain({ parameters });
    await openPast(chain, checkpoint, pastOf(source, checkpoint));
    expect(chain.view.head().hash).toBe(chain.view.genesisHash);
    expect(chain.view.oldestNumber()).toBe(0);
    expect(chain.exchange.oldest()).toEqual({ hash: chain.view.genesisHash, number: 0 });
  });

  it("replaces headers that were read from genesis", async () => {
    const full = await createTestChain({ parameters, isArchive: true });
    await full.exchange.importBlocks(blocks.slice(0, 1_000));
    const chain = await createTestChain({ parameters });
    const { headers } = full.exchange.headersAfter([full.view.genesisHash], 300)!;
    await chain.states.importHeaders(headers);
    await openPast(chain, checkpoint, pastOf(source, checkpoint));
    expect(chain.exchange.has(headerHash(headers[0]!))).toBe(false);
    expect(verifyStore(chain.store).problems).toEqual([]);
    expect((await chain.reopen()).exchange.has(checkpoint.hash)).toBe(true);
  });

  it.each([40, 700])("ends the import of an older state: block %i", async (count) => {
    const full = await createTestChain({ parameters, isArchive: true });
    await full.exchange.importBlocks(blocks.slice(0, count));
    const chain = await createTestChain({ parameters, recentBlocksMin });
    await giveHeaders(chain, full);
    const older = await fetchState(chain, full, full.view.head());
    await openPast(chain, checkpoint, pastOf(source, checkpoint));
    expect(chain.states.currentImport()?.block).toBeUndefined();
    await older.complete();
    expect(chain.view.head().hash).toBe(chain.view.genesisHash);
    const reopened = await chain.reopen();
    expect(reopened.states.currentImport()?.block).toBeUndefined();
    await completeFrom(reopened, source, checkpoint);
    expect((await follow(reopened, blocks)).view.head().header.number).toBeGreaterThan(count);
  });

  it("CHAIN_HAS_STATE: not once blocks have been executed", () => {
    expect(() => source.states.startPast(checkpoint.hash)).toThrow(
      expect.objectContaining({ code: "CHAIN_HAS_STATE" }),
    );
  });

  it("a node that has pruned the root, lacks the checkpoint, or whose root would be genesis serves nothing", async () => {
    const young = await createTestChain({ parameters });
    await young.exchange.importBlocks(blocks.slice(0, 100));
    const nothing = { blocks: [], isEnd: true };
    expect(young.states.pastOf(blockAt(young, 5).hash, undefined, 10)).toEqual(nothing);
    expect(young.states.pastOf(checkpoint.hash, undefined, 10)).toEqual(nothing);
    expect(source.states.pastOf(blockAt(source, 200).hash, undefined, 10)).toEqual(nothing);
    expect(source.states.pastOf(checkpoint.hash, young.view.genesisHash, 10)).toEqual(nothing);
  });
});

describe("serving node [SYNC-32]", () => {
  it("PAST_BUSY: searches the past of one checkpoint per second, and serves found ones at any time", async () => {
    const { chainDag, ...known } = await mineHeaders({ blocks: 900, seed: 5, attackShare: 0 });
    const { dag } = chainDag;
    const [first, second] = [10, 20].map((depth) => dag.chainBlockAtDepth(dag.tips()[0]!, depth));
    let nowMs = 5_000;
    const server = serverOf({ ...known, chainDag }, { nowMs: () => nowMs });
    const countOf = (checkpoint: Hash): number => server.page(checkpoint, undefined, 5).blocks.length;
    expect(countOf(first!)).toBe(5);
    nowMs += 900;
    expect(() => countOf(second!)).toThrow(expect.objectContaining({ code: "PAST_BUSY" }));
    expect(countOf(first!)).toBe(5);
    nowMs += 100;
    expect(countOf(second!)).toBe(5);
  });

  it("serves nothing once it has dropped the checkpoint", async () => {
    const full = await mineHeaders({ blocks: 900, seed: 5, attackShare: 0 });
    const { dag } = full.chainDag;
    const [hash, lower] = [10, 20].map((depth) => dag.chainBlockAtDepth(dag.tips()[0]!, depth));
    const server = serverOf(full);
    expect(server.page(hash!, undefined, 5).blocks.length).toBe(5);
    dag.deleteOutsidePastOf(lower!);
    expect(server.page(hash!, undefined, 5)).toEqual({ blocks: [], isEnd: true });
  });
});

describe("false data [SYNC-32]", () => {
  const [honest, trusted] = [new Map<string, PastBlock[]>(), new Map<string, Hash>()];

  /** Blocks that only trusted data describes, and verified blocks above them. */
  async function headersOf(
    name: string,
    streamAt?: (index: number) => number,
  ): Promise<readonly PastBlock[]> {
    const known = honest.get(name);
    if (known !== undefined) return known;
    const full = await mineHeaders({
      blocks: 1_400,
      seed: 5,
      attackShare: 0.2,
      ...(streamAt && { streamAt }),
    });
    const { dag } = full.chainDag;
    const hash = dag.chainBlockAtDepth(dag.tips()[0]!, 10);
    const past = serverOf(full).page(hash, undefined, 10_000).blocks;
    honest.set(name, [...past]);
    trusted.set(name, hash);
    return past;
  }

  async function reasonOf(past: readonly PastBlock[], name = "all"): Promise<unknown> {
    const chain = await createTestChain({ parameters: HEADER_DAG_PARAMETERS });
    try {
      await openPast(chain, { hash: trusted.get(name)! }, past);
      return undefined;
    } catch (error) {
      expect(chain.view.counts().blocks).toBe(1);
      expect(contentOf(chain.store)).toEqual(
        contentOf((await createTestChain({ parameters: HEADER_DAG_PARAMETERS })).store),
      );
      const { code, facts } = error as { code: string; facts: { reason?: string; stream?: string } };
      return `${code} ${facts.stream ?? facts.reason}`;
    }
  }

  function hashAt(past: readonly PastBlock[], at: number): Hash {
    return headerHash(past[at]!.header);
  }

  function withPlace(
    past: readonly PastBlock[],
    at: number,
    change: (place: TrustedPlace) => Partial<TrustedPlace>,
  ) {
    return past.map((block, index) =>
      index === at ? { ...block, place: { ...block.place!, ...change(block.place!) } } : block,
    );
  }

  it("PAST_INVALID: each false field of each block near the root", async () => {
    const past = await headersOf("all");
    expect(await reasonOf(past)).toBeUndefined();
    const chain = past.flatMap(({ place }, at) => (place === undefined ? [] : [at]));
    const picked = chain.filter((_, index) => index % 23 === 0);
    for (const at of picked) {
      const more = withPlace(past, at, ({ daaCounts: [a, ...rest] }) => ({ daaCounts: [a! + 1, ...rest] }));
      expect(await reasonOf(more)).toBe("PAST_INVALID DAA counts");
      const fewer = withPlace(past, at, ({ daaCounts }) => ({ daaCounts: daaCounts.slice(1) }));
      expect(await reasonOf(fewer)).toBe("PAST_INVALID sizes");
      const noBits = withPlace(past, at, ({ bitsOfStreams }) => ({ bitsOfStreams: [...bitsOfStreams, 1] }));
      expect(await reasonOf(noBits)).toBe("PAST_INVALID sizes");
      const own = past[at]!.header.stream;
      const bits = withPlace(past, at, ({ bitsOfStreams }) => ({
        bitsOfStreams: bitsOfStreams.with(own, 1),
      }));
      expect(await reasonOf(bits)).toBe("PAST_INVALID bits");
      expect(await reasonOf(withPlace(past, at, () => ({ blues: [1_000] })))).toBe("PAST_INVALID blues");
      const many = Array.from({ length: HEADER_DAG_PARAMETERS.mergesetMax + 1 }, (_, blue) => blue);
      expect(await reasonOf(withPlace(past, at, () => ({ blues: many })))).toBe("PAST_INVALID sizes");
      const bare = past.map((block, index) => (index === at ? { ...block, place: undefined } : block));
      expect(await reasonOf(bare)).toBe("PAST_INVALID missing data");
    }
    const last = past.length - 1;
    const first = past.findIndex(({ place }) => place !== undefined);
    const needless = past.map((block, index) =>
      index === first - 1 ? { ...block, place: past[last]!.place } : block,
    );
    expect(await reasonOf(needless)).toBe("PAST_INVALID needless data");
  });

  it("PAST_INVALID: data that agree with each other and not with the chain", async () => {
    const past = await headersOf("all");
    const shifted = past.map(({ header, place }) => ({
      header,
      place: place && {
        ...place,
        daaCounts: place.daaCounts.map((count, stream) => count + [1, -1, 0][stream]!),
      },
    }));
    expect(await reasonOf(shifted)).toBe("PAST_INVALID rules");
  });

  it("PAST_INVALID: headers that are not the checkpoint's past, in another order, or incomplete", async () => {
    const past = await headersOf("all");
    expect(await reasonOf(past.slice(1))).toBe("PAST_INVALID no parent");
    expect(await reasonOf([...past.slice(0, 5), past[4]!])).toBe("PAST_INVALID no parent");
    const changed = past.map((block, at) =>
      at === 7 ? { ...block, header: { ...block.header, extra: Uint8Array.of(1) } } : block,
    );
    expect(await reasonOf(changed)).toBe("PAST_INVALID no parent");
    const twin = past.findIndex(
      ({ header }, at) => at > 1 && header.parents.every((parent) => parent !== hashAt(past, at + 1)),
    );
    const swapped = past.with(twin, past[twin + 1]!).with(twin + 1, past[twin]!);
    expect(await reasonOf(swapped)).toBe("PAST_INVALID order");
    expect(await reasonOf(past.slice(0, 100))).toBe("PAST_INVALID no root");
    for (let at = 1; at < past.length; at += 29)
      expect(await reasonOf(past.toSpliced(at, 1))).toMatch(/PAST_INVALID/);
  });

  it("PAST_UNVERIFIABLE: no header depends on the data of a silent stream", async () => {
    const past = await headersOf("silent", (index) => (index < 300 ? index % 3 : index % 2));
    expect(await reasonOf(past, "silent")).toBe(
      `PAST_UNVERIFIABLE ${HEADER_DAG_PARAMETERS.streams[2]!.name}`,
    );
  });
});
