import { seededRandom } from "@trellis/kit";
import { type Block, type BlockOutcome, type Hash, headerHash } from "@trellis/protocol";
import type { KeyReader } from "@trellis/storage";
import { beforeAll, describe, expect, it } from "vitest";
import { createFaultyStore, FAULTS } from "../chain/testing/faultyStore.ts";
import { giveSome } from "../chain/testing/importState.ts";
import { proofsOf } from "../chain/testing/proofsOf.ts";
import { mineRandomDag } from "../chain/testing/randomDag.ts";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { operation } from "../chain/testing/testEvm.ts";
import { addressOf, CONTRACT, slotOf, testParameters, transfer } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { STATE_TABLES } from "../store/stateTables.ts";
import { CHAIN_TABLES } from "../store/tables.ts";

const parameters = testParameters({ finalityDepth: 20 });
const INCOMPLETE = {
  code: "ARGUMENT_INVALID",
  facts: { rule: "a state is complete before it becomes the chain's" },
};
let builder: TestBlockBuilder;
let blocks: readonly Block[];
let source: TestChain;
let pivot: Block;

beforeAll(async () => {
  builder = await TestBlockBuilder.open(parameters);
  for (let nonce = 0; nonce < 20; nonce++) {
    const data = operation("store", BigInt(100 + nonce), BigInt(nonce + 1));
    await builder.mine({
      transactions: [
        transfer({ from: "erin", nonce: 2 * nonce, to: CONTRACT, data }),
        transfer({ from: "erin", nonce: 2 * nonce + 1, to: null, data: Uint8Array.of(7, nonce) }),
      ],
    });
  }
  await mineRandomDag(builder, 50, seededRandom(21));
  blocks = builder.blocks.slice(1);
  source = await createTestChain({ parameters });
  await source.exchange.importBlocks(blocks);
  const { number } = source.view.head().header;
  pivot = source.view.block(source.view.blockByNumber(number - 8)!.hash)!;
});

const kinds = (outcomes: readonly BlockOutcome[]) => [...new Set(outcomes.map(({ kind }) => kind))];

async function importHeaders(chain: TestChain): Promise<void> {
  const { headers } = source.exchange.headersAfter([builder.genesis.hash], 10_000)!;
  expect(kinds(await chain.states.importHeaders(headers))).toEqual(["imported"]);
}

async function importStateFrom(chain: TestChain): Promise<void> {
  await importHeaders(chain);
  const stateImport = await chain.states.startImport(pivot.hash);
  while (await giveSome(stateImport, source.states, 5, 200));
  await stateImport.complete();
}

const rest = (chain: TestChain): Block[] => blocks.filter(({ hash }) => !chain.exchange.has(hash));

describe("chain that starts from an imported state", () => {
  it.each([false, true])(
    "SYNC-STATE-4: continues as if it had executed everything (archive: %s)",
    async (isArchive) => {
      const chain = await createTestChain({ parameters, isArchive });
      await importStateFrom(chain);
      expect(chain.view.head()).toMatchObject({ hash: pivot.hash, header: pivot.header, transactions: [] });
      expect(chain.view.head().timestamp).toBe(source.view.blockByHash(pivot.hash)!.timestamp);
      expect(chain.view.head().gasLimit).toBe(source.view.blockByHash(pivot.hash)!.gasLimit);
      expect(chain.view.oldestNumber()).toBe(pivot.header.number + 1);
      expect(chain.states.currentImport()).toBeUndefined();
      expect(verifyStore(chain.store).problems).toEqual([]);
      const late = rest(chain);
      expect(late.length).toBeGreaterThan(8);
      expect(kinds(await chain.exchange.importBlocks(late.slice(0, 5)))).toEqual(["imported"]);
      const reopened = await chain.reopen();
      expect(reopened.view.head()).toEqual(chain.view.head());
      expect(kinds(await reopened.exchange.importBlocks(late.slice(5)))).toEqual(["imported"]);
      await expectSame(reopened);
      await expectSame(await reopened.reopen());
      const more = await builder.mineChain(60, {
        parents: [blocks.findLast(({ hash }) => hash === source.view.head().hash)!],
        transactions: [],
      });
      const grown = await createTestChain({ parameters });
      await grown.exchange.importBlocks([...blocks, ...more]);
      await reopened.exchange.importBlocks(more);
      expect(reopened.view.head()).toEqual(grown.view.head());
      expect(reopened.view.finalized()).toEqual(grown.view.finalized());
      expect(reopened.view.finalized().header.number).toBeGreaterThan(pivot.header.number);
      expect(verifyStore(reopened.store).problems).toEqual([]);
    },
  );

  it("ranges over the DAG find blocks above any number of bare headers", async () => {
    const waiting = await createTestChain({ parameters });
    await importHeaders(waiting);
    expect(waiting.view.dagRange(0, 10_000, 9).map(({ hash }) => hash)).toEqual([builder.genesis.hash]);
    const chain = await createTestChain({ parameters });
    await importStateFrom(chain);
    const above = rest(chain);
    await chain.exchange.importBlocks(above);
    const there = chain.view.dagRange(0, 10_000, 10_000);
    expect(there.length).toBeGreaterThan(5);
    expect(there.map(({ hash }) => hash).toSorted()).toEqual(above.map(({ hash }) => hash).toSorted());
    expect(chain.view.dagRange(0, 10_000, 5)).toEqual(there.slice(0, 5));
  });

  async function expectSame(chain: TestChain): Promise<void> {
    const head = source.view.head();
    expect(chain.view.head()).toEqual(head);
    expect(verifyStore(chain.store).problems).toEqual([]);
    const states = [chain.view.stateAt(head.hash), source.view.stateAt(head.hash)] as const;
    for (const address of [CONTRACT, addressOf("alice"), addressOf("erin"), addressOf("bob")]) {
      expect(states[0].account(address)).toEqual(states[1].account(address));
      const slots = [slotOf(0n), slotOf(105n)];
      expect(proofsOf(chain.view, head.hash, address, slots)).toEqual(
        proofsOf(source.view, head.hash, address, slots),
      );
    }
    for (let slot = 0n; slot < 125n; slot++) {
      expect(states[0].storage(CONTRACT, slotOf(slot))).toBe(states[1].storage(CONTRACT, slotOf(slot)));
    }
    const { codeHash } = states[1].account(CONTRACT)!;
    expect(states[0].code(codeHash)).toEqual(states[1].code(codeHash));
    for (let number = chain.view.oldestNumber(); number <= head.header.number; number++) {
      expect(chain.view.blockByNumber(number)).toEqual(source.view.blockByNumber(number));
    }
    expect(chain.view.blockByNumber(0)).toBeUndefined();
    expect(chain.view.blockByNumber(pivot.header.number - 1)).toBeUndefined();
    expect(chain.exchange.headersAfter([builder.genesis.hash], 10_000)).toEqual(
      source.exchange.headersAfter([builder.genesis.hash], 10_000),
    );
  }

  it("SYNC-STATE-3, ARGUMENT_INVALID: a restart after every range, and during headers, resumes the import", async () => {
    let chain = await createTestChain({ parameters });
    await importHeaders(chain);
    chain = await chain.reopen();
    expect(verifyStore(chain.store).problems).toEqual([]);
    await chain.states.startImport(pivot.hash);
    let restarts = 0;
    for (let isMore = true; isMore; restarts++) {
      chain = await chain.reopen();
      const stateImport = chain.states.currentImport()!;
      expect(stateImport).toMatchObject({ block: pivot.hash, root: pivot.header.stateRoot });
      isMore = await giveSome(stateImport, source.states, 2, 100);
      if (isMore) {
        const incomplete = stateImport.missing(1).length > 0;
        if (incomplete) await expect(stateImport.complete()).rejects.toMatchObject(INCOMPLETE);
      } else await stateImport.complete();
    }
    expect(restarts).toBeGreaterThan(20);
    await chain.exchange.importBlocks(rest(chain));
    await expectSame(chain);
  });

  it("STATE_RANGE_INVALID: a foreign range changes nothing", async () => {
    const chain = await createTestChain({ parameters });
    await importHeaders(chain);
    const stateImport = await chain.states.startImport(pivot.hash);
    const [request] = stateImport.missing(1);
    if (request?.kind !== "range") throw new RangeError();
    const range = await source.states.stateRange(pivot.hash, request.owner, request.from, 1_000);
    const before = contentOf(chain.store);
    const [first, ...others] = range.entries;
    const wrong = [
      { ...range, entries: others },
      { ...range, entries: [{ ...first!, value: Uint8Array.of(1) }, ...others] },
      { ...range, isEnd: !range.isEnd },
      { ...range, entries: [], isEnd: false },
      { ...range, proof: [] },
    ];
    for (const other of wrong) {
      await expect(stateImport.putRange(request, other)).rejects.toMatchObject({
        code: "STATE_RANGE_INVALID",
        consequence: "penalise",
      });
    }
    await expect(stateImport.complete()).rejects.toMatchObject(INCOMPLETE);
    expect(contentOf(chain.store)).toEqual(before);
    await stateImport.putRange(request, range);
    await stateImport.putRange(request, range);
    while (stateImport.missing(1)[0]?.kind !== "code") await giveSome(stateImport, source.states, 1, 10_000);
    const [code] = stateImport.missing(1);
    if (code?.kind !== "code") throw new RangeError();
    await expect(stateImport.putCode(code.hash, Uint8Array.of(1, 2))).rejects.toMatchObject({
      code: "STATE_RANGE_INVALID",
    });
    await stateImport.putCode(code.hash, source.states.code(code.hash)!);
    await stateImport.putCode(code.hash, Uint8Array.of(3));
  });

  it("a state that no peer has any more is replaced by another", async () => {
    const chain = await createTestChain({ parameters });
    await importHeaders(chain);
    const { number } = pivot.header;
    const first = await chain.states.startImport(source.view.blockByNumber(number - 2)!.hash);
    await giveSome(first, source.states, 4, 500);
    const second = await chain.states.startImport(pivot.hash);
    expect(await chain.states.startImport(pivot.hash)).toBe(second);
    expect(first.missing(9)).toEqual([]);
    while (await giveSome(second, source.states, 9, 5_000));
    await second.complete();
    await chain.exchange.importBlocks(rest(chain));
    await expectSame(chain);
  });

  it("CHAIN_HAS_STATE, CHAIN_UNAVAILABLE: state sync in progress: a chain either executes everything or imports a state", async () => {
    const chain = await createTestChain({ parameters });
    await chain.exchange.importBlocks(blocks.slice(0, 3));
    const { headers } = source.exchange.headersAfter([blocks[2]!.hash], 10)!;
    await expect(chain.states.importHeaders(headers)).rejects.toMatchObject({ code: "CHAIN_HAS_STATE" });
    await expect(chain.states.startImport(blocks[1]!.hash)).rejects.toMatchObject({
      code: "CHAIN_HAS_STATE",
    });
    const fresh = await createTestChain({ parameters });
    await expect(fresh.states.startImport(pivot.hash)).rejects.toMatchObject({ code: "BLOCK_UNKNOWN" });
    await importHeaders(fresh);
    const last = await builder.mine({ parents: [pivot] });
    expect(await fresh.exchange.importBlocks([last])).toMatchObject([
      {
        kind: "refused",
        error: {
          code: "CHAIN_UNAVAILABLE",
          facts: expect.objectContaining({ reason: "state sync in progress" }),
          consequence: "retry",
        },
      },
    ]);
  });

  it("SYNC-STATE-1: headers are verified like blocks, except for execution results", async () => {
    const chain = await createTestChain({ parameters });
    const [first, second] = blocks;
    const bad = await builder.mine({ parents: [first!], tamper: ({ number }) => ({ number: number + 1 }) });
    const outcomes = await chain.states.importHeaders(
      [first!, first!, bad, blocks[5]!, second!].map(({ header }) => header),
    );
    expect(outcomes).toMatchObject([
      { kind: "imported" },
      { kind: "known" },
      {
        kind: "refused",
        error: {
          code: "BLOCK_INVALID",
          facts: expect.objectContaining({ reason: "field differs from the value implied by the past" }),
        },
      },
      { kind: "orphan", missing: blocks[5]!.header.parents.filter((hash: Hash) => hash !== first!.hash) },
      { kind: "imported" },
    ]);
    expect(headerHash(second!.header)).toBe(second!.hash);
    expect(chain.view.head().header.number).toBe(0);
  });

  it("STATE_UNAVAILABLE: does not serve a state off the selected chain", async () => {
    const zero = slotOf(0n);
    await expect(source.states.stateRange(slotOf(3n), undefined, zero, 100)).rejects.toMatchObject({
      code: "STATE_UNAVAILABLE",
    });
    expect(await source.states.stateRange(source.view.head().hash, zero, zero, 100)).toEqual({
      entries: [],
      proof: [],
      isEnd: true,
    });
    expect(source.states.code(zero)).toBeUndefined();
  });

  it("EXEC-25: finds any changed byte of such a state", async () => {
    const chain = await createTestChain({ parameters });
    await importStateFrom(chain);
    await chain.exchange.importBlocks(rest(chain));
    for (const id of [STATE_TABLES.importedNodes.id, STATE_TABLES.codes.id, CHAIN_TABLES.headers.id]) {
      const entries = [...chain.store.range({ from: Uint8Array.of(id), to: Uint8Array.of(id + 1) })];
      expect(entries.length).toBeGreaterThan(3);
      for (let at = 0; at < entries.length; at += Math.ceil(entries.length / 8)) {
        const [key, value] = entries[at]!;
        const changed = value.slice();
        changed[value.length >> 1]! ^= 4;
        for (const operation of [
          { kind: "put", key, value: changed },
          { kind: "delete", key },
        ] as const) {
          await chain.store.write([operation]);
          expect([id, at, verifyStore(chain.store).problems.length > 0]).toEqual([id, at, true]);
          await chain.store.write([{ kind: "put", key, value }]);
        }
      }
    }
    expect(verifyStore(chain.store).problems).toEqual([]);
  });
});

describe("a state import resumes from the store after a failure at any write [SYNC-STATE-3]", () => {
  async function play(chain: TestChain): Promise<void> {
    if (chain.view.head().header.number === 0) {
      const { headers } = source.exchange.headersAfter([builder.genesis.hash], 10_000)!;
      const known = headers.filter((header) => !chain.exchange.has(headerHash(header)));
      for (let at = 0; at < known.length; at += 60) {
        expect(kinds(await chain.states.importHeaders(known.slice(at, at + 60)))).toEqual(["imported"]);
      }
      if (chain.states.currentImport() === undefined) {
        const older = await chain.states.startImport(
          source.view.blockByNumber(pivot.header.number - 2)!.hash,
        );
        for (let part = 0; part < 2; part++) await giveSome(older, source.states, 3, 2_000);
      }
      const stateImport = await chain.states.startImport(pivot.hash);
      while (await giveSome(stateImport, source.states, 3, 2_000));
      await stateImport.complete();
    }
    await chain.exchange.importBlocks(rest(chain));
  }

  it.each(FAULTS)("%s, at every write in turn", async (fault) => {
    const whole = await createTestChain({ parameters });
    await play(whole);
    for (let n = 2; ; n++) {
      const store = createFaultyStore(n, fault);
      const playing = createTestChain({ parameters, store }).then(play);
      const end = await Promise.race([
        playing.then(
          () => "whole",
          () => "failed",
        ),
        store.died.then(() => "died"),
      ]);
      if (end === "whole") {
        expect(n).toBeGreaterThan(30);
        return;
      }
      expect(verifyStore(store.under).problems).toEqual([]);
      const reopened = await createTestChain({ parameters, store: store.under });
      await play(reopened);
      expect(withoutSerials(store.under)).toEqual(withoutSerials(whole.store));
    }
  });

  /** Excludes serials, because a restart reuses those of dropped headers. */
  function withoutSerials(store: KeyReader): [string, string][] {
    return [...contentOf(store)].filter(([key]) => !key.startsWith("0x04"));
  }
});
