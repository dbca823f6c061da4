import {
  type Block,
  type Hash,
  parametersOfShard,
  type RecordRange,
  type StateRange,
} from "@trellis/protocol";
import { beforeAll, expect, it } from "vitest";
import { giveSome } from "../chain/testing/importState.ts";
import { createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import type { AnchoredState } from "../consensus/rules/AnchoredState.ts";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { finalAnchorsOf } from "./finalAnchors.ts";
import { localOutboxes } from "./localOutboxes.ts";
import { ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const STRANGER = STRANGERS[0]!;
let shards: ShardChains;

beforeAll(async () => {
  shards = await ShardChains.open(shardedNetwork(2, { gasLimit: 20_000_000n }));
  for (let round = 0; round < 8; round++) {
    await shards.mine(1, { transactions: [shards.send(1, 0, { to: STRANGER, value: 1n })] });
    await shards.mine(0, { transactions: [shards.send(0, 1, { to: STRANGER, value: 1n })] });
    await shards.round();
  }
  expect(shards.faults).toEqual([]);
});

async function openEmpty(shard: number, anchors?: FinalAnchors): Promise<TestChain> {
  const { view } = shards.chains[shard]!;
  const outboxes = localOutboxes((source) => shards.chains[source]!.view, 64);
  const chain = await createTestChain({
    parameters: parametersOfShard(shards.network, shard),
    shard,
    ports: { evm: createRealEvm(), anchors, outboxes },
  });
  const { headers } = shards.chains[shard]!.exchange.headersAfter([view.genesisHash], 10_000)!;
  const outcomes = await chain.states.importHeaders(headers);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["imported"]));
  return chain;
}

async function importState(chain: TestChain, shard: number, below: number): Promise<Block> {
  const { view, states } = shards.chains[shard]!;
  const pivot = view.block(view.hashByNumber(view.head().header.number - below)!)!;
  expect(chain.states.canImport(pivot.hash)).toBe(true);
  const stateImport = await chain.states.startImport(pivot.hash);
  while (await giveSome(stateImport, states, 5, 200));
  await stateImport.complete();
  return pivot;
}

async function continueWith(chain: TestChain, shard: number): Promise<void> {
  const { blocks } = shards.builders[shard]!;
  const outcomes = await chain.exchange.importBlocks(blocks.filter(({ hash }) => !chain.exchange.has(hash)));
  expect(outcomes.filter(({ kind }) => kind !== "imported")).toEqual([]);
  expect(chain.view.head()).toEqual(shards.chains[shard]!.view.head());
  expect(verifyStore(chain.store).problems).toEqual([]);
  expect((await chain.reopen()).view.head().hash).toBe(chain.view.head().hash);
}

it("SYNC-STATE-7: a shard starts from a state whose anchor is known", async () => {
  const OLDEST = 12;
  const all = finalAnchorsOf(() => shards.chains[0]!.view);
  // As if shard 0 were pruned.
  const anchors: FinalAnchors = {
    ...all,
    at: (number) => (number < OLDEST ? undefined : all.at(number)),
    stateOf: (hash) => (shards.chains[0]!.view.header(hash)!.number < OLDEST ? undefined : all.stateOf(hash)),
  };
  const chain = await openEmpty(1, anchors);
  const { view } = shards.chains[1]!;
  const { number: last } = view.head().header;
  const hashes = Array.from({ length: last }, (_, below) => view.hashByNumber(below + 1)!);
  const named = hashes.map((hash) => view.header(hash)!.anchor!.number);
  expect([named.some((number) => number > 0 && number < OLDEST), named.at(-4)! >= OLDEST]).toEqual([
    true,
    true,
  ]);
  expect(hashes.map((hash: Hash) => chain.states.canImport(hash))).toEqual(
    named.map((number) => number === 0 || number >= OLDEST),
  );
  const { votes } = chain.view.parameters;
  expect(chain.states.trustDepth).toBe(votes.depth);
  const pivot = await importState(chain, 1, 3);
  expect(chain.view.head().gasLimit).toBe(view.blockByHash(pivot.hash)!.gasLimit);
  await continueWith(chain, 1);
});

async function giveRecords(
  chain: TestChain,
  block: Hash,
  give: (asked: RecordRange) => Promise<StateRange>,
): Promise<number> {
  const records = chain.states.startRecords(block)!;
  let count = 0;
  for (let asked = records.next; asked !== undefined; asked = records.next, count++)
    await records.give(await give(asked));
  return count;
}

const rangeOf = ({ block, owner, from }: RecordRange, bytesMax = 200): Promise<StateRange> =>
  shards.chains[0]!.states.stateRange(block, owner, from, bytesMax);

/** Blocks of shard 0 whose anchor is not genesis. */
function anchoredIn0(below: number): Block {
  const { view } = shards.chains[0]!;
  return view.block(view.hashByNumber(view.head().header.number - below)!)!;
}

it("SYNC-STATE-7: shard 0 starts from a state and proven records of the states that blocks above it name", async () => {
  const chain = await openEmpty(0);
  const { hash, header } = anchoredIn0(3);
  expect(header.anchor!.number).toBeGreaterThan(0);
  expect(header.anchor!.number).toBeLessThan(header.number - 1);
  const count = await giveRecords(chain, hash, (asked) => rangeOf(asked));
  expect(count).toBeGreaterThan(header.number - header.anchor!.number);
  expect(chain.states.startRecords(hash)).toBeUndefined();
  await importState(chain, 0, 3);
  await continueWith(chain, 0);
  const anchors = finalAnchorsOf(() => chain.view);
  const all = finalAnchorsOf(() => shards.chains[0]!.view);
  const { number: last } = chain.view.finalized().header;
  for (let number = header.anchor!.number; number <= last; number++) {
    expect(anchors.at(number)).toEqual(all.at(number));
    expect(anchors.stateOf(all.at(number)!.hash)).toEqual(all.stateOf(all.at(number)!.hash));
  }
});

it("SYNC-STATE-7: records of another chain, of a state that was given up, are replaced", async () => {
  const chain = await openEmpty(0);
  await giveRecords(chain, anchoredIn0(9).hash, (asked) => rangeOf(asked));
  const { hash } = anchoredIn0(3);
  await giveRecords(chain, hash, (asked) => rangeOf(asked, 100_000));
  await importState(chain, 0, 3);
  await continueWith(chain, 0);
});

it("SYNC-STATE-7: a row without epoch and values is no anchor of other shards", () => {
  const { view } = shards.chains[0]!;
  const { number } = view.finalized().header;
  const state = view.anchorAt(number)!;
  const records = state.records.with(0, { ...state.records[0]!, height: 0 });
  const partial = {
    parameters: view.parameters,
    finalized: () => view.finalized(),
    hashByNumber: (at: number) => view.hashByNumber(at),
    stateAt: (hash: Hash) => view.stateAt(hash),
    header: (hash: Hash) => view.header(hash),
    anchorAt: (): AnchoredState => ({ ...state, records }),
  };
  expect(finalAnchorsOf(() => view).at(number)).toMatchObject({ number });
  expect(finalAnchorsOf(() => partial).at(number)).toBeUndefined();
});

it("ARGUMENT_INVALID: a state of shard 0 without its records", async () => {
  const chain = await openEmpty(0);
  await expect(importState(chain, 0, 3)).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
  expect(chain.view.head().header.number).toBe(0);
});

it("STATE_RANGE_INVALID: false ranges of records, which change nothing", async () => {
  const chain = await openEmpty(0);
  const { hash } = anchoredIn0(3);
  const records = chain.states.startRecords(hash)!;
  for (let asked = records.next; asked !== undefined; asked = records.next) {
    const range = await rangeOf(asked);
    const { entries, proof } = range;
    const { key, value } = entries[0]!;
    const changed = { key, value: value.with(-1, value.at(-1)! ^ 1) };
    const wrong: StateRange[] = [
      { entries: [], proof: [], isEnd: true },
      { ...range, entries: entries.slice(1) },
      { ...range, entries: [changed, ...entries.slice(1)] },
      ...(proof.length === 0 ? [] : [{ ...range, proof: proof.slice(1) }]),
      ...(range.isEnd ? [] : [{ ...range, isEnd: true }]),
    ];
    for (const each of wrong) {
      await expect(records.give(each)).rejects.toMatchObject({ code: "STATE_RANGE_INVALID" });
      expect(records.next).toEqual(asked);
    }
    await records.give(range);
  }
  await importState(chain, 0, 3);
});
