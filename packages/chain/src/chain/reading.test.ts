import { bigintToBytes, bytesToBigint, hexToBytes, type Log, silentLog } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type BlockInput,
  type ChainEvent,
  decodeAccount,
  decodeRlp,
  type Hash,
  type Transaction,
} from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore, verifyProof } from "@trellis/storage";
import { beforeEach, describe, expect, it } from "vitest";
import { ChainBatch } from "../store/ChainBatch.ts";
import { openChainTables } from "../store/tables.ts";
import { type ExecuteChainPorts, findSink } from "./findSink.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { operation } from "./testing/testEvm.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  minerAddress,
  recoverSenders,
  slotOf,
  testParameters,
  transfer,
} from "./testing/testNetwork.ts";

const parameters = testParameters({ finalityDepth: 6 });
let builder: TestBlockBuilder;
let chain: TestChain;
const store = (nonce: number) =>
  transfer({ from: "alice", nonce, to: CONTRACT, data: operation("store", 1n, BigInt(nonce + 1)) });

beforeEach(async () => {
  builder = await TestBlockBuilder.open(parameters);
  chain = await createTestChain({ parameters });
});

async function takeChain(count: number): Promise<void> {
  for (let nonce = 0; nonce < count; nonce++) await builder.mine({ transactions: [store(nonce)] });
  await chain.take(...builder.blocks.slice(1));
}

const headHash = (): Hash => chain.view.head().hash;
const thrown = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

describe("simulation", () => {
  const request = {
    from: addressOf("alice"),
    to: CONTRACT,
    gasLimit: 100_000n,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    value: 0n,
    data: hexToBytes(slotOf(1n)),
    accessList: [],
  };
  const tracer = { kind: "call", onlyTopCall: false, withLog: false } as const;

  it("runs on the state after a block", async () => {
    await takeChain(4);
    const { simulation } = chain.view;
    for (const number of [2, 3, 4]) {
      const { hash } = chain.view.blockByNumber(number)!;
      expect(bytesToBigint((await simulation.call(hash, request)).output)).toBe(BigInt(number));
      expect(await simulation.traceCall(hash, request, tracer)).toMatchObject({ number: `${number}` });
    }
    expect(await simulation.estimateGas(headHash(), request)).toBe(21_000n);
    expect((await simulation.createAccessList(headHash(), request)).accessList).toEqual([]);
  });

  it("with overrides of the block", async () => {
    await takeChain(1);
    const blockOverrides = { number: 77n, timestamp: 99n };
    const trace = await chain.view.simulation.traceCall(headHash(), request, tracer, { blockOverrides });
    expect(trace).toEqual({ number: "77", timestamp: "99" });
  });

  it("traces a block's transactions on the states they ran on, including merged blocks", async () => {
    const parallel = [
      await builder.mine({ parents: [builder.genesis], transactions: [store(0)] }),
      await builder.mine({
        parents: [builder.genesis],
        transactions: [transfer({ from: "bob", nonce: 0 })],
      }),
    ];
    const merging = await builder.mine({
      parents: parallel,
      transactions: [transfer({ from: "carol", nonce: 0 })],
    });
    await chain.take(...parallel, merging);
    const head = chain.view.head();
    const traces = await chain.view.simulation.traceBlock(merging.hash, tracer);
    expect(traces).toEqual(
      head.transactions.map(({ transaction, sender }) => ({
        transactionHash: transaction.hash,
        result: { from: sender },
      })),
    );
    const { transaction, sender } = head.transactions[1]!;
    expect(await chain.view.simulation.traceTransaction(merging.hash, transaction.hash, tracer)).toEqual({
      from: sender,
    });
    expect(await chain.view.simulation.traceTransaction(merging.hash, slotOf(1n), tracer)).toBeNull();
  });

  it("BLOCK_UNKNOWN: a block that is missing, or was never executed", async () => {
    await takeChain(2);
    const beside = await builder.mine({ parents: [builder.genesis] });
    await chain.take(beside);
    const { simulation } = chain.view;
    for (const hash of [slotOf(1n), beside.hash]) {
      await expect(simulation.call(hash, request)).rejects.toThrow(thrown("BLOCK_UNKNOWN"));
      await expect(simulation.traceBlock(hash, tracer)).rejects.toThrow(thrown("BLOCK_UNKNOWN"));
      expect(() => chain.view.blockContext(hash)).toThrow(thrown("BLOCK_UNKNOWN"));
      expect(chain.view.blockByHash(hash)).toBeUndefined();
    }
  });

  it("GENESIS_NOT_TRACEABLE", async () => {
    await expect(chain.view.simulation.traceBlock(builder.genesis.hash, tracer)).rejects.toThrow(
      thrown("GENESIS_NOT_TRACEABLE"),
    );
  });

  it("STATE_UNAVAILABLE: the state was deleted; a node that retains more has it", async () => {
    await takeChain(12);
    const { hash } = chain.view.blockByNumber(2)!;
    const shallow = await createTestChain({ parameters, historyDepth: 1 });
    await shallow.take(...builder.blocks.slice(1));
    const gone = shallow.view.simulation;
    await expect(gone.call(hash, request)).rejects.toThrow(thrown("STATE_UNAVAILABLE"));
    await expect(gone.traceBlock(hash, tracer)).rejects.toThrow(thrown("STATE_UNAVAILABLE"));
    expect(bytesToBigint((await chain.view.simulation.call(hash, request)).output)).toBe(2n);
    expect(await chain.view.simulation.traceBlock(hash, tracer)).toHaveLength(1);
  });
});

describe("proofs", () => {
  it("accounts and slots are proven against the block's state root, for every retained state [EXEC-14]", async () => {
    await takeChain(9);
    for (let number = 1; number <= 9; number++) {
      const { hash, header } = chain.view.blockByNumber(number)!;
      const proof = chain.view.proofAt(hash, CONTRACT);
      const slots = [slotOf(1n), slotOf(2n)].map((slot) => ({ slot, ...proof.proveSlot(slot) }));
      const account = verifyProof(header.stateRoot, keccak256(hexToBytes(CONTRACT)), proof.accountProof);
      expect(decodeAccount(account!)).toEqual({
        account: { nonce: 1n, balance: 0n, codeHash: proof.account!.codeHash },
        storageRoot: proof.storageRoot,
      });
      const values = slots.map(({ slot, proof: nodes }) =>
        verifyProof(proof.storageRoot, keccak256(hexToBytes(slot)), nodes),
      );
      expect(decodeRlp(values[0]!)).toEqual(bigintToBytes(BigInt(number), 1));
      expect(values[1]).toBeUndefined();
      expect(slots.map(({ value }) => value)).toEqual([BigInt(number), 0n]);
      const nobody = chain.view.proofAt(hash, minerAddress(77));
      expect(nobody.account).toBeUndefined();
      expect(
        verifyProof(header.stateRoot, keccak256(hexToBytes(minerAddress(77))), nobody.accountProof),
      ).toBeUndefined();
    }
  });
});

it("reading a chain block's header reads no body", async () => {
  await takeChain(12);
  const beside = await builder.mine({ parents: [builder.genesis] });
  await chain.take(beside);
  const { hash, header, timestamp, gasLimit } = chain.view.blockByNumber(1)!;
  const next = chain.view.blockByNumber(2)!.hash;
  const context = { ...chain.view.blockContext(next), blockHash: undefined };
  const { view, store: kept } = await chain.reopen();
  const { bodies } = openChainTables(kept);
  await kept.write([bodies.delete(hash), bodies.delete(next)]);
  expect(view.chainHeader(hash)).toEqual({ hash, header, timestamp, gasLimit });
  const seen = view.blockContext(next);
  expect({ ...seen, blockHash: undefined }).toEqual(context);
  expect([seen.blockHash(1n), seen.blockHash(0n)]).toEqual([hash, chain.view.genesisHash]);
  expect(() => view.blockByHash(hash)).toThrow(thrown("STORE_CORRUPT", { missing: "block", block: hash }));
  for (const none of [slotOf(1n), beside.hash]) expect(view.chainHeader(none)).toBeUndefined();
});

describe("view of the DAG", () => {
  it("ranges are by blue score, ascending by (blue score, hash), up to a limit", async () => {
    for (let round = 0; round < 6; round++) {
      const parent = builder.blocks.at(-1)!;
      const parallel = [0, 1, 2].map((miner) =>
        builder.mine({ parents: [parent], miner: minerAddress(miner) }),
      );
      await builder.mine({ parents: await Promise.all(parallel) });
    }
    await chain.take(...builder.blocks.slice(1));
    const all = chain.view.dagRange(0, 1_000_000, 1_000_000);
    const sorted = builder.blocks.toSorted(
      (a, b) => a.header.blueScore - b.header.blueScore || (a.hash < b.hash ? -1 : 1),
    );
    expect(all.map(({ hash }) => hash)).toEqual(sorted.map(({ hash }) => hash));
    for (const [from, to, countMax] of [
      [3, 9, 100],
      [3, 9, 4],
      [0, 0, 5],
      [500, 600, 5],
      [9, 3, 5],
      [2, 2, 0],
    ] as const) {
      const expected = sorted.filter(({ header }) => header.blueScore >= from && header.blueScore <= to);
      expect(chain.view.dagRange(from, to, countMax).map(({ hash }) => hash)).toEqual(
        expected.slice(0, countMax).map(({ hash }) => hash),
      );
    }
    expect(chain.view.counts()).toEqual({ blocks: builder.blocks.length, orphans: 0 });
    expect(chain.view.dagBlock(slotOf(1n))).toBeUndefined();
    expect(chain.view.dagBlock(builder.genesis.hash)).toMatchObject({
      blues: [],
      reds: [],
      isChainBlock: true,
    });
    const streams = chain.view.streams();
    expect(streams.map(({ recentBlocks }) => recentBlocks)).toEqual([builder.blocks.length, 0, 0]);
  });

  it("ranges read no body", async () => {
    await takeChain(12);
    const { hash, header } = chain.view.blockByNumber(1)!;
    const { view, store: kept } = await chain.reopen();
    const { key } = openChainTables(kept).bodies.delete(hash);
    await kept.write([{ kind: "put", key, value: Uint8Array.of(0xc0) }]);
    expect(view.dagRange(1, 1, 9)).toEqual([{ hash, header }]);
    expect(() => view.dagBlock(hash)).toThrow(thrown("STORE_CORRUPT", { key: hash }));
  });

  it("EXEC-23: a block is invisible while it is executed", async () => {
    const block = await builder.mine({ transactions: [store(0)] });
    const seen: unknown[] = [];
    chain.evm.beforeBlock = () => {
      seen.push(
        chain.view.dagRange(0, 10, 10).map(({ hash }) => hash),
        chain.view.tips(),
        headHash(),
      );
      throw new RangeError("no memory");
    };
    await expect(chain.importBlock(block)).rejects.toThrow(thrown("BLOCK_NOT_TAKEN"));
    const genesis = builder.genesis.hash;
    expect(seen).toEqual([[genesis], [genesis], genesis]);
    expect(chain.view.dagRange(0, 10, 10).map(({ hash }) => hash)).toEqual([genesis]);
    expect(chain.view.tips()).toEqual([genesis]);
  });
});

describe("transactions", () => {
  it("unknown, included, accepted with confirmations, finalized", async () => {
    expect(chain.view.transactionStatus(store(0).hash)).toEqual({ kind: "unknown" });
    await takeChain(10);
    expect(chain.view.transactionStatus(store(9).hash)).toMatchObject({ kind: "accepted", confirmations: 0 });
    expect(chain.view.transactionStatus(store(7).hash)).toMatchObject({
      kind: "accepted",
      confirmations: 2,
      blockNumber: 8,
    });
    expect(chain.view.transactionStatus(store(2).hash)).toMatchObject({
      kind: "finalized",
      blockNumber: 3,
      index: 0,
    });
    const carried = transfer({ from: "bob", nonce: 0 });
    const beside = await builder.mine({ parents: [builder.blocks[3]!], transactions: [carried] });
    await chain.take(beside);
    expect(chain.view.transactionStatus(carried.hash)).toEqual({ kind: "included", carriers: [beside.hash] });
  });

  it("receipts contain a created contract, a log and a revert", async () => {
    const code = Uint8Array.of(1, 2, 3);
    const transactions = [
      transfer({ from: "bob", nonce: 0, to: null, data: code }),
      transfer({ from: "alice", nonce: 0, to: CONTRACT, data: operation("log", 5n) }),
      transfer({ from: "alice", nonce: 1, to: CONTRACT, data: operation("revert"), valueWei: COIN }),
    ];
    await chain.take(await builder.mine({ transactions }));
    const reopened = await chain.reopen();
    for (const { view } of [chain, reopened]) {
      const [created, logged, reverted] = view.head().transactions.map(({ receipt }) => receipt);
      const { codeHash } = view.stateAt(headHash()).account(created!.contractAddress!)!;
      expect(view.stateAt(headHash()).code(codeHash)).toEqual(code);
      expect(logged!.logs).toEqual([{ address: CONTRACT, topics: [slotOf(5n)], data: new Uint8Array(0) }]);
      expect(reverted!.status).toBe(0);
      expect(view.stateAt(headHash()).account(CONTRACT)!.balance).toBe(0n);
    }
  });
});

describe("events", () => {
  it("view and mempool are up to date when an event fires", async () => {
    const heard: unknown[] = [];
    chain.view.subscribe((event: ChainEvent) => {
      if (event.kind !== "added") return;
      heard.push([
        event.block.hash === headHash(),
        chain.view.isOnSelectedChain(event.block.hash),
        chain.pool.status().pending,
      ]);
    });
    await chain.submit(store(0), store(1));
    await chain.mine();
    await chain.take(await builder.mine({ transactions: [store(0)] }), await builder.mine());
    expect(heard.slice(0, 1)).toEqual([[true, true, 0]]);
    expect(heard.at(-1)).toEqual([true, true, 1]);
  });

  it("ALREADY_KNOWN: the signature of a repeated transaction is verified once [POOL-3]", async () => {
    let checked = 0;
    const counting: typeof recoverSenders = (transactions) => {
      checked += transactions.length;
      return recoverSenders(transactions);
    };
    chain = await createTestChain({ parameters, ports: { recoverSenders: counting } });
    await chain.submit(store(0));
    await expect(chain.submit(store(0))).rejects.toMatchObject({ code: "ALREADY_KNOWN" });
    expect(checked).toBe(1);
  });

  it("logs a listener's exception and notifies the others", async () => {
    const logged: string[] = [];
    const log: Log = { ...silentLog, error: (event) => logged.push(event), child: () => log };
    chain = await createTestChain({ parameters, ports: { log } });
    const heard: string[] = [];
    chain.view.subscribe(() => {
      throw new RangeError("mine");
    });
    const stop = chain.view.subscribe(({ kind }) => heard.push(kind));
    await takeChain(1);
    expect(heard).toEqual(["block", "added"]);
    expect(logged).toEqual(["listener.failed", "listener.failed"]);
    stop();
    await chain.take(await builder.mine());
    expect(heard).toHaveLength(2);
  });
});

describe("while a batch is stored", () => {
  it("reads return the previous state, though the store has the batch already [EXEC-23]", async () => {
    const under = createMemoryStore();
    let stored: (() => Promise<void>) | undefined;
    const store: KeyValueStore = {
      ...under,
      async write(operations) {
        await under.write(operations);
        await stored?.();
      },
    };
    chain = await createTestChain({ parameters, store });
    const { view } = chain;
    const left = transfer({ from: "alice", nonce: 0 });
    const right = transfer({ from: "bob", nonce: 0 });
    const short = await builder.mineChain(2, { parents: [builder.genesis], transactions: [left] });
    const long = await builder.mineChain(3, { parents: [builder.genesis], transactions: [left, right] });
    await chain.take(...short, ...long.slice(0, 2));
    const [before] = [short, long].filter((branch) => view.isOnSelectedChain(branch[1]!.hash));
    const look = () => ({
      head: view.head(),
      numbers: [0, 1, 2, 3, 4].map((number) => view.blockByNumber(number)?.hash),
      places: [left, right].map(({ hash }) => view.locate(hash)),
      colours: [...short, ...long.slice(0, 2)].map(({ hash }) => [
        view.dagBlock(hash)!.mergedBy,
        view.dagBlock(hash)!.color,
      ]),
      state: view.stateAt(headHash()).account(addressOf("bob")),
      next: view.nextBaseFee(),
    });
    const expected = look();
    let seen: unknown;
    stored = async () => {
      await Promise.resolve();
      seen = look();
    };
    const heavier = before === short ? long[2]! : await builder.mine({ parents: [short[1]!] });
    await chain.take(heavier);
    expect(headHash()).toBe(heavier.hash);
    expect(seen).toEqual(expected);
    expect(look()).not.toEqual(expected);
  });
});

describe("templates", () => {
  it("built during imports are valid blocks of the current DAG", async () => {
    await chain.submit(...[0, 1, 2, 3].map((nonce) => transfer({ from: "dave", nonce })));
    await builder.mineChain(6);
    const side = await builder.mineChain(3, { parents: [builder.blocks[2]!], miner: minerAddress(1) });
    const imports = builder.blocks.slice(1).map((block) => chain.importBlock(block));
    const mined: Hash[] = [];
    for (let count = 0; count < 6; count++) mined.push(await chain.mine());
    await Promise.all(imports);
    for (const hash of mined) expect(chain.view.dagBlock(hash)).toBeDefined();
    await chain.mine();
    expect(chain.view.tips()).toEqual([headHash()]);
    expect(chain.view.dagBlock(side[2]!.hash)!.mergedBy).toBeDefined();
    expect(chain.pool.status().pending).toBe(0);
  });

  it("a sealed template is not executed again", async () => {
    await chain.submit(store(0), store(1));
    const request = { miner: minerAddress(3), stream: 0, extra: new Uint8Array(0) };
    chain.clock.ms += 1_000;
    const template = await chain.builder.createTemplate(request);
    const runs = chain.evm.blocksRun;
    await chain.builder.importSealed(template, 5n);
    expect(chain.evm.blocksRun).toBe(runs);
    expect(chain.view.head().transactions).toHaveLength(2);
  });

  it("an old template can be sealed after finality reached its parent", async () => {
    const near = testParameters({ finalityDepth: 1 });
    const miners = await TestBlockBuilder.open(near);
    chain = await createTestChain({ parameters: near });
    await chain.take(...(await miners.mineChain(4)));
    await chain.submit(store(0));
    chain.clock.ms += 1_000;
    const template = await chain.builder.createTemplate({
      miner: minerAddress(3),
      stream: 0,
      extra: new Uint8Array(0),
    });
    const parent = template.header.parents[0]!;
    await chain.take(...(await miners.mineChain(2)));
    expect(chain.view.finalized().hash).toBe(parent);
    await chain.builder.importSealed(template, 1n);
    expect(chain.view.isOnSelectedChain(parent)).toBe(true);
    await chain.mine();
    await chain.mine();
    expect(chain.view.transactionStatus(store(0).hash)).toMatchObject({ blockNumber: expect.any(Number) });
    const reopened = await chain.reopen();
    expect(reopened.view.head()).toEqual(chain.view.head());
  });

  it("a transaction or block on which the engine fails does not stop mining [EXEC-24]", async () => {
    const [poison, good] = [transfer({ from: "dave", nonce: 0 }), transfer({ from: "erin", nonce: 0 })];
    await chain.submit(poison, good);
    const carries = (input: BlockInput, { hash }: Transaction) =>
      input.carriers.some(({ transactions }) =>
        transactions.some(({ transaction }) => transaction.hash === hash),
      );
    chain.evm.beforeBlock = (input) => {
      if (carries(input, poison)) throw new RangeError("a limit of the engine");
    };
    await chain.mine();
    expect(chain.view.head().transactions).toEqual([]);
    const parallel = await builder.mine({ transactions: [poison] });
    const others = await builder.mineChain(2, { parents: [builder.genesis] });
    await chain.take(...others);
    await chain.take(parallel);
    const before = chain.view.head().header.number;
    await chain.mine();
    expect(chain.view.head().header.number).toBe(before + 1);
    expect(chain.view.dagBlock(parallel.hash)!.mergedBy).toBeUndefined();
    chain.evm.beforeBlock = undefined;
    await chain.mine();
    expect(chain.view.locate(poison.hash)).toBeDefined();
    expect(chain.view.locate(good.hash)).toBeDefined();
  });

  it("a body filled to the last byte is within the encoded limit", async () => {
    const one = transfer({ from: "dave", nonce: 0 }).encoded.length;
    const narrow = testParameters({ bodyBytesMax: 4 * one, transactionBytesMax: 2 * one });
    chain = await createTestChain({ parameters: narrow });
    await chain.submit(...[0, 1, 2, 3].map((nonce) => transfer({ from: "dave", nonce })));
    await chain.mine();
    expect(chain.view.head().transactions).toHaveLength(3);
    await chain.mine();
    expect(chain.view.head().transactions).toHaveLength(1);
  });
});

it("STORE_CORRUPT: no candidate sink is left", async () => {
  const dag = { sinkCandidates: () => ({ next: () => undefined, refuse: () => {} }) };
  const ports = { chainDag: { dag }, states: { baseHash: slotOf(1n) } };
  await expect(
    findSink(ports as unknown as ExecuteChainPorts, new ChainBatch(), slotOf(1n), slotOf(3n)),
  ).rejects.toMatchObject({
    code: "STORE_CORRUPT",
    facts: { reason: "no block has the final block on its chain" },
  });
});
