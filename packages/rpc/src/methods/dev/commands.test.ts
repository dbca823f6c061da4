import { gunzipSync } from "node:zlib";
import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { testTransaction } from "@trellis/kit/chainView";
import { type Address, createTransaction, type Hash, impersonatedSignature } from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { Connection } from "../../guards/Connection.ts";
import {
  DUMPED_ACCOUNT as ACCOUNT,
  FakeCommands,
  SYSTEM_CONTRACT as SYSTEM,
} from "../../testing/FakeCommands.ts";
import { FakeNode } from "../../testing/FakeNode.ts";
import { DEV_COMMANDS } from "./commands.ts";

const WORD: Hash = `0x${"01".repeat(32)}`;

let commands: FakeCommands;
let node: FakeNode;

beforeEach(() => {
  commands = new FakeCommands();
  node = new FakeNode({ commands });
});

const METHODS = DEV_COMMANDS.flatMap(({ methods }) => methods.map(({ name }) => name));

describe("commands [RPC-28]", () => {
  const last = () => node.chain.head().timestamp;
  const cases: readonly (readonly [string, readonly unknown[], unknown, unknown])[] = [
    ["evm_mine", [], "0x0", { count: 1, intervalMs: 0 }],
    ["hardhat_mine", ["0x64", "0x3c"], true, { count: 100, intervalMs: 60_000 }],
    ["anvil_mine", [], true, { count: 1, intervalMs: 1_000 }],
    ["evm_increaseTime", [100], 105, { addedMs: 100_000 }],
    ["evm_increaseTime", ["0x64"], 105, { addedMs: 100_000 }],
    ["evm_setTime", [1_735_700_500], 500, { addedMs: 500_000 }],
    ["anvil_setTime", [1_735_699_990], 0, { addedMs: -10_000 }],
    ["anvil_getIntervalMining", [], null, undefined],
    ["evm_setAutomine", [false], true, { isOn: false }],
    ["anvil_getAutomine", [], true, undefined],
    ["evm_setIntervalMining", [3_000], true, { intervalMs: 3_000 }],
    ["anvil_setIntervalMining", [3], true, { intervalMs: 3_000 }],
    ["evm_setBlockGasLimit", ["0x1c9c380"], true, { gasLimit: 30_000_000n }],
    ["hardhat_setNextBlockBaseFeePerGas", ["0x7"], true, { baseFee: 7n }],
    ["hardhat_setPrevRandao", [WORD], true, { prevRandao: WORD }],
    ["hardhat_setCoinbase", [ACCOUNT], true, { miner: ACCOUNT }],
    ["evm_snapshot", [], "0x11", "snapshot"],
    ["evm_revert", ["0x11"], true, { id: 17 }],
    ["evm_revert", ["0x12"], false, { id: 18 }],
    ["evm_revert", [`0x${"f".repeat(64)}`], false, { id: -1 }],
    ["hardhat_reset", [], true, "reset"],
    ["anvil_reset", [null], true, "reset"],
    ["hardhat_reset", [{ forking: null }], true, "reset"],
    ["anvil_reset", [{ forking: {} }], true, "reset"],
    ["hardhat_setBalance", [ACCOUNT, "0x5"], true, [ACCOUNT, { balance: 5n }]],
    ["anvil_addBalance", [ACCOUNT, "0x5"], true, [ACCOUNT, { balance: 5n }]],
    ["hardhat_setNonce", [ACCOUNT, "0x5"], true, [ACCOUNT, { nonce: 5n }]],
    ["evm_setAccountNonce", [ACCOUNT, "0x5"], true, [ACCOUNT, { nonce: 5n }]],
    ["anvil_setCode", [ACCOUNT, "0x6001"], true, [ACCOUNT, { code: Uint8Array.of(0x60, 1) }]],
    [
      "hardhat_setStorageAt",
      [ACCOUNT, "0x1", WORD],
      true,
      [ACCOUNT, { stateDiff: new Map([[`0x${"1".padStart(64, "0")}`, BigInt(WORD)]]) }],
    ],
    ["hardhat_dropTransaction", [WORD], true, [WORD]],
    ["anvil_dropTransaction", [WORD], WORD, [WORD]],
    ["anvil_dropAllTransactions", [], null, []],
    ["hardhat_dropAllTransactions", [], null, []],
    ["anvil_removePoolTransactions", [ACCOUNT], null, []],
    ["anvil_getGenesisTime", [], expect.any(Number), undefined],
    ["hardhat_stopImpersonatingAccount", [ACCOUNT], false, undefined],
    ["hardhat_metadata", [], expect.objectContaining({ instanceId: WORD }), undefined],
  ];
  it.each(cases)("%s %j returns %j", async (method, params, result, done) => {
    expect(await node.result(method, ...params)).toEqual(result);
    expect(commands.done).toEqual(done === undefined ? [] : [done]);
  });

  it("anvil_addBalance adds to the balance, up to the greatest", async () => {
    node.chain.accounts.set(ACCOUNT, { nonce: 0n, balance: 7n, codeHash: WORD as never });
    await node.call("hardhat_addBalance", ACCOUNT, "0x5");
    await node.call("anvil_addBalance", ACCOUNT, `0x${"f".repeat(64)}`);
    expect(commands.done).toEqual([
      [ACCOUNT, { balance: 12n }],
      [ACCOUNT, { balance: 2n ** 256n - 1n }],
    ]);
  });

  it("anvil_removePoolTransactions removes those of one account", async () => {
    const [removed, kept] = [testTransaction({}, 0), testTransaction({}, 1)];
    for (const signed of [removed, kept]) node.pool.add(signed);
    await node.call("anvil_removePoolTransactions", removed.sender);
    expect(commands.done).toEqual([[removed.transaction.hash]]);
  });

  it("anvil_getIntervalMining returns seconds", async () => {
    commands.intervalMs = 7_000;
    expect(await node.result("anvil_getIntervalMining")).toBe(7);
  });

  describe("a fork [DEV-7]", () => {
    const url = "https://key@node.example/secret";
    const forked = { url, chainId: 5, number: 100, hash: WORD, request: async () => null };
    beforeEach(() => {
      node = new FakeNode({ commands, forked });
    });

    it.each([
      [undefined],
      [{ forking: {} }],
      [{ forking: { jsonRpcUrl: url, blockNumber: 100 } }],
      [{ blockNumber: "0x64" }],
    ])("is reset to its block by %j", async (options) => {
      expect(await node.result("hardhat_reset", options)).toBe(true);
      expect(commands.done).toEqual(["reset"]);
    });

    it.each([
      [{ forking: { jsonRpcUrl: url, blockNumber: 99 } }],
      [{ forking: { jsonRpcUrl: "https://node.example" } }],
      [{ jsonRpcUrl: "", blockNumber: 100 }],
    ])("RPC_REQUEST_REFUSED: a reset to another block, %j", async (options) => {
      for (const refusing of [node, new FakeNode({ commands })]) {
        const { error } = await refusing.call("anvil_reset", options);
        expect(error?.message).toContain("restart it with --fork-url, --fork-block and --reset");
      }
      expect(commands.done).toEqual([]);
    });

    it("is named, without its credentials", async () => {
      const forkedNetwork = { chainId: 5, forkBlockNumber: 100, forkBlockHash: WORD };
      expect(await node.result("hardhat_metadata")).toMatchObject({ forkedNetwork });
      const forkConfig = { forkUrl: "https://node.example", forkBlockNumber: 100, forkRetryBackoff: null };
      expect(await node.result("anvil_nodeInfo")).toMatchObject({ forkConfig });
    });
  });

  it("the time of a block is after its parent's", async () => {
    for (const method of ["evm_setNextBlockTimestamp", "evm_mine"]) {
      for (const [timestamp, reason] of [
        [0, "the previous"],
        [last() - 1, "the previous"],
        [last(), "or equal to previous"],
      ] as const) {
        const { error } = await node.call(method, timestamp);
        expect(error?.message).toContain(`lower than ${reason} block's timestamp ${last()}`);
      }
    }
    expect(commands.done).toEqual([]);
    commands.allowsEqualTimes = true;
    expect((await node.call("evm_setNextBlockTimestamp", last() - 1)).error).toBeDefined();
    await node.call("evm_setNextBlockTimestamp", last());
    expect(commands.done.splice(0)).toEqual([{ timestampMs: last() * 1_000 }]);
    await node.call("evm_mine", last() + 1);
    expect(commands.done).toEqual([{ timestampMs: (last() + 1) * 1_000, count: 1, intervalMs: 0 }]);
  });

  it("a dump has Anvil's format, without the node's own contracts, and can be loaded", async () => {
    const dumped = (await node.result("anvil_dumpState")) as Hex;
    const { number } = node.chain.head().header;
    expect(JSON.parse(gunzipSync(hexToBytes(dumped)).toString())).toEqual({
      block: null,
      best_block_number: number,
      blocks: [],
      transactions: [],
      accounts: {
        [ACCOUNT]: {
          nonce: 1,
          balance: "0x5",
          code: "0x60",
          storage: { [`0x${"2".padStart(64, "0")}`]: `0x${"3".padStart(64, "0")}` },
        },
      },
    });
    expect(await node.result("hardhat_loadState", dumped)).toBe(true);
    const { storage: stateDiff, address: _, ...account } = commands.accounts()[0]!;
    expect(commands.done).toEqual([[ACCOUNT, { ...account, stateDiff }]]);
  });

  it("a state that is loaded lowers no nonce, and replaces no contract of the node", async () => {
    node.chain.accounts.set(ACCOUNT, { nonce: 7n, balance: 1n, codeHash: WORD as never });
    const load = (account: Address) => {
      const state = { accounts: { [account]: { nonce: 2, balance: "0x1", code: "0x", storage: {} } } };
      return node.call("anvil_loadState", bytesToHex(Buffer.from(JSON.stringify(state))));
    };
    expect((await load(SYSTEM)).error?.message).toContain("the node reads contract");
    expect(commands.done).toEqual([]);
    expect((await load(ACCOUNT)).result).toBe(true);
    expect(commands.done).toEqual([[ACCOUNT, expect.objectContaining({ nonce: 7n, balance: 1n })]]);
  });

  it("a state whose client has left is not loaded; other commands neither", async () => {
    const dumped = (await node.result("anvil_dumpState")) as Hex;
    const connection = new Connection();
    const send = (method: string, ...params: unknown[]) =>
      node.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }), { connection });
    setImmediate(() => connection.end());
    expect(await send("anvil_loadState", dumped)).toMatchObject({
      error: { message: "the client has closed the connection" },
    });
    await send("hardhat_setBalance", ACCOUNT, "0x1");
    expect(commands.done).toEqual([]);
    commands.readAheadOf.length = 0;
    await node.call("anvil_loadState", dumped);
    expect(commands.readAheadOf).toEqual([ACCOUNT]);
  });

  it("a reset ends impersonation, unless there are too many blocks [DEV-6]", async () => {
    for (const isFull of [true, false]) {
      await node.call("hardhat_impersonateAccount", ACCOUNT);
      commands.isFull = isFull;
      const { error } = await node.call("hardhat_reset");
      if (isFull) expect(error?.message).toContain("too many blocks");
      expect(await node.result("hardhat_stopImpersonatingAccount", ACCOUNT)).toBe(isFull);
    }
  });

  it("an estimate on the head is for the next block [RPC-10]", async () => {
    const { simulation } = node.chain;
    const next = { number: BigInt(node.chain.head().header.number + 1), timestamp: 1_735_700_099n };
    const call = { to: ACCOUNT };
    for (const [params, blockOverrides] of [
      [[call], next],
      [[call, "latest", {}, { time: "0x5" }], { ...next, timestamp: 5n }],
    ] as const) {
      await node.result("eth_estimateGas", ...params);
      expect(simulation.last?.options?.blockOverrides).toEqual(blockOverrides);
    }
    await node.result("eth_call", call);
    expect(simulation.last?.options?.blockOverrides).toBeUndefined();
  });

  it("anvil_nodeInfo names the next block's fork", async () => {
    const parameters = { ...node.chain.parameters, forks: [{ name: "prague", number: 0 }] };
    Object.assign(node.chain, { parameters });
    expect(await node.result("anvil_nodeInfo")).toMatchObject({ hardFork: "Prague" });
  });

  it("impersonated accounts send without a key, until that ends [DEV-5]", async () => {
    node.chain.accounts.set(ACCOUNT, { nonce: 0n, balance: 10n ** 18n, codeHash: WORD as never });
    const send = async () => (await node.call("eth_sendTransaction", { from: ACCOUNT, to: ACCOUNT })).error;
    expect((await send())?.message).toContain("unknown account");
    for (const [method, value] of [
      ["hardhat_impersonateAccount", ACCOUNT],
      ["anvil_autoImpersonateAccount", true],
    ] as const) {
      await node.call(method, value);
      expect((await send())?.message ?? "").not.toContain("unknown account");
      await node.call("hardhat_stopImpersonatingAccount", ACCOUNT);
      await node.call("anvil_autoImpersonateAccount", false);
      expect((await send())?.message).toContain("unknown account");
    }
  });
});

it("raw transactions are refused unless their sender is impersonated [DEV-5]", async () => {
  const { transaction } = testTransaction({ nonce: 0n });
  const forged = createTransaction(transaction, impersonatedSignature(ACCOUNT));
  const send = async () => (await node.call("eth_sendRawTransaction", bytesToHex(forged.encoded))).error;
  expect((await send())?.message).toContain("is not impersonated");
  await node.call("hardhat_impersonateAccount", ACCOUNT);
  expect((await send())?.message ?? "").not.toContain("is not impersonated");
  await node.call("hardhat_stopImpersonatingAccount", ACCOUNT);
  expect((await send())?.message).toContain("is not impersonated");
});

describe("malformed, huge and contradictory parameters change nothing [RPC-28]", () => {
  const HUGE = `0x${"f".repeat(64)}`;
  const cases: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
    hardhat_mine: [["0x186a1"], [HUGE], [-1], ["0x1", HUGE], ["0x2710", 8_000_000_000_000]],
    evm_increaseTime: [[], [-1], ["x"], [HUGE], [8_640_000_000_000], [1.5], [null, 1]],
    evm_setTime: [[], [0], [-1], [HUGE], ["1e9"], [8_640_000_000_001], [1.5]],
    evm_setNextBlockTimestamp: [[], [HUGE], [8_640_000_000_001], ["0x"], [{}]],
    evm_setAutomine: [[], [1], ["true"]],
    evm_setIntervalMining: [[], [-1], [[1_000, 2_000]], [3_600_001]],
    anvil_setIntervalMining: [[3_601], [HUGE]],
    evm_setBlockGasLimit: [[], ["0x0"], ["0x5208"], [HUGE]],
    hardhat_setNextBlockBaseFeePerGas: [[], [HUGE], [-1]],
    hardhat_setPrevRandao: [[], ["0x1"], [`${HUGE}00`]],
    hardhat_setCoinbase: [[], ["0x1"], [HUGE]],
    evm_revert: [[], ["one"], [{}], [-1], ["0x"]],
    hardhat_reset: [[1], ["0x1"], [[]], [{ forking: 1 }], [{ forking: { jsonRpcUrl: 1 } }], [{}, 1]],
    anvil_reset: [[{ jsonRpcUrl: [] }], [{ forking: { blockNumber: -1 } }], [{ blockNumber: HUGE }]],
    anvil_dumpState: [[true], [1]],
    anvil_loadState: [[], ["0x"], ["0x1f8b"], ["0x7b7d"], [{}], ["0x5b5d"]],
    hardhat_setBalance: [[], [ACCOUNT], [ACCOUNT, `${HUGE}0`], [ACCOUNT, -1], ["0xaa", "0x1"]],
    anvil_addBalance: [[], [ACCOUNT], [ACCOUNT, `${HUGE}0`], [ACCOUNT, "-0x1"]],
    anvil_removePoolTransactions: [[], ["0x1"], [HUGE]],
    hardhat_setNonce: [[ACCOUNT], [ACCOUNT, "0xffffffffffffffff"], [ACCOUNT, HUGE]],
    hardhat_setCode: [[ACCOUNT], [ACCOUNT, "0x1"], [ACCOUNT, "60"], [ACCOUNT, `0x${"00".repeat(24_577)}`]],
    hardhat_setStorageAt: [
      [ACCOUNT, "0x1"],
      [ACCOUNT, "0x1", "0x1"],
      [ACCOUNT, `${HUGE}0`, WORD],
    ],
    hardhat_impersonateAccount: [[], ["0x"], [1]],
    anvil_autoImpersonateAccount: [[], ["yes"]],
    hardhat_dropTransaction: [[], ["0x1"]],
  };
  it.each(Object.entries(cases))("%s", async (method, refused) => {
    for (const params of refused) {
      expect({ params, answer: await node.call(method, ...params) }).toMatchObject({
        answer: { error: { code: -32602, message: expect.stringMatching(/./) } },
      });
    }
    expect(commands.done).toEqual([]);
  });

  it("code and storage of a contract that the node reads", async () => {
    for (const [method, ...value] of [
      ["hardhat_setCode", "0x6001"],
      ["anvil_setStorageAt", "0x1", WORD],
    ] as const)
      expect((await node.call(method, SYSTEM, ...value)).error?.message).toContain("the node reads");
    expect(commands.done).toEqual([]);
    expect(await node.result("hardhat_setBalance", SYSTEM, "0x1")).toBe(true);
  });

  it("hardhat_setNonce refuses a lower nonce", async () => {
    node.chain.accounts.set(ACCOUNT, { nonce: 5n, balance: 0n, codeHash: WORD as never });
    expect((await node.call("hardhat_setNonce", ACCOUNT, "0x4")).error?.message).toContain(
      "must not be smaller",
    );
    expect(await node.result("anvil_setNonce", ACCOUNT, "0x4")).toBe(true);
  });
});

it("nodes that no program controls refuse every command with the reason [RPC-28]", async () => {
  const cluster = new FakeNode();
  const fixed = new FakeNode({ without: ["devControl"] });
  const closed = new FakeNode({ roles: ["public"], commands });
  for (const method of METHODS) {
    const params = method.endsWith("evm_revert") ? ["0x1"] : [ACCOUNT, "0x1", WORD];
    const { error } = await cluster.call(method, ...params);
    if (error?.code !== -32602) expect(error?.message).toBe("a fake node takes no commands");
    expect((await fixed.call(method, ...params)).error).toBeDefined();
    expect((await closed.call(method, ...params)).error?.code).toBe(-32601);
  }
  for (const method of ["evm_snapshot", "anvil_getAutomine", "hardhat_metadata"])
    expect((await cluster.call(method)).error?.message).toBe("a fake node takes no commands");
  expect(commands.done).toEqual([]);
});
