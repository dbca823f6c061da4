import { bytesToHex } from "@trellis/base";
import { SUCCESS, TARGET, testLog, testTopic, testTransaction } from "@trellis/kit/chainView";
import { type Address, EncodedJson, ZERO_HASH } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { rpcErrors } from "../errors.ts";
import { describeMethods } from "../index.ts";
import type { Session } from "../Session.ts";
import { FakeCommands } from "../testing/FakeCommands.ts";
import { FakeNode, type FakeNodeOptions } from "../testing/FakeNode.ts";
import { testSession } from "../testing/testSession.ts";

const MISSING = `0x${"ee".repeat(32)}`;
/** Revert data of Solidity's Error("no"). */
const ERROR_NO = `0x08c379a0${"20".padStart(64, "0")}${"2".padStart(64, "0")}${"6e6f".padEnd(64, "0")}`;
const PANIC = `0x4e487b71${"11".padStart(64, "0")}`;

describe("requested blocks", () => {
  it("by tag", async () => {
    const node = new FakeNode();
    for (let made = 0; made < 20; made++) node.chain.add();
    node.chain.finalize(5);
    const number = async (tag: string) =>
      ((await node.result("eth_getBlockByNumber", tag)) as { number: string }).number;
    expect(await number("latest")).toBe("0x14");
    expect(await number("pending")).toBe("0x14");
    expect(await number("safe")).toBe("0xa");
    expect(await number("finalized")).toBe("0x5");
    expect(await number("earliest")).toBe("0x0");
  });

  it("RPC_NOT_FOUND: a block", async () => {
    const node = new FakeNode();
    const error = async (at: unknown) => (await node.call("eth_getBalance", TARGET, at)).error;
    expect(await error("0x9")).toEqual({ code: -32000, message: "header not found" });
    expect(await error(MISSING)).toEqual({ code: -32000, message: "header for hash not found" });
    expect((await node.call("debug_traceBlockByNumber", "0x9")).error?.message).toBe("block #9 not found");
    expect((await node.call("debug_traceBlockByHash", MISSING)).error?.message).toBe(
      `block ${MISSING} not found`,
    );
  });

  it("RPC_NOT_CANONICAL: a block", async () => {
    const node = new FakeNode();
    const { hash: blockHash } = node.chain.add();
    node.chain.reorganise(1, [{}]);
    expect(await node.result("eth_getBalance", TARGET, { blockHash })).toBe("0x0");
    const { error } = await node.call("eth_getBalance", TARGET, { blockHash, requireCanonical: true });
    expect(error).toEqual({ code: -32000, message: "hash is not currently canonical" });
  });

  it("RPC_HISTORY_PRUNED", async () => {
    const node = new FakeNode();
    node.chain.add();
    node.chain.oldest = 1;
    const { error } = await node.call("eth_getBlockByNumber", "0x0", false);
    expect(error).toEqual({ code: 4444, message: "pruned history unavailable" });
  });
});

describe("simulated calls", () => {
  it("run like geth's: free, without a sender, with the maximum gas", async () => {
    const node = new FakeNode();
    expect(await node.result("eth_call", { to: TARGET })).toBe("0xcafe");
    expect(node.chain.simulation.last).toMatchObject({
      at: node.chain.head().hash,
      request: { from: `0x${"00".repeat(20)}`, gasLimit: 50_000_000n, maxFeePerGas: 0n, value: 0n },
    });
    await node.result("eth_call", { to: TARGET, gas: "0xffffffffffff", gasPrice: "0x5" }, "latest", {
      [TARGET]: { balance: "0x1" },
    });
    expect(node.chain.simulation.last).toMatchObject({
      request: { gasLimit: 50_000_000n, maxFeePerGas: 5n, maxPriorityFeePerGas: 5n },
      options: { stateOverrides: new Map([[TARGET, { balance: 1n }]]) },
    });
  });

  it("RPC_CALL_REVERTED with the reason and the data", async () => {
    const node = new FakeNode();
    const revert = async (data: string) => {
      node.chain.simulation.result = {
        ...SUCCESS,
        outcome: "revert",
        output: Buffer.from(data.slice(2), "hex"),
      };
      return (await node.call("eth_call", { to: TARGET })).error;
    };
    expect(await revert(ERROR_NO)).toEqual({ code: 3, message: "execution reverted: no", data: ERROR_NO });
    const overflow = "execution reverted: arithmetic underflow or overflow";
    expect(await revert(PANIC)).toEqual({ code: 3, message: overflow, data: PANIC });
    expect(await revert("0x")).toEqual({ code: 3, message: "execution reverted", data: "0x" });
    expect(await revert("0x08c379a0ff")).toEqual({
      code: 3,
      message: "execution reverted",
      data: "0x08c379a0ff",
    });
  });

  it("RPC_REQUEST_REFUSED: a failing call with geth's message", async () => {
    const node = new FakeNode();
    node.chain.simulation.result = { ...SUCCESS, outcome: "outOfGas", failure: "out of gas" };
    expect((await node.call("eth_call", { to: TARGET })).error).toEqual({
      code: -32000,
      message: "out of gas",
    });
  });

  it("RPC_CALL_TIMED_OUT", async () => {
    const node = new FakeNode();
    node.chain.simulation.delay = new Promise(() => {});
    const answer = node.call("eth_estimateGas", { to: TARGET });
    node.time.advance(5_000);
    expect((await answer).error).toEqual({ code: -32000, message: "execution aborted (timeout = 5s)" });
  });

  it("estimates up to the current gas limit of a block [RPC-10]", async () => {
    const node = new FakeNode();
    node.chain.gasLimitNext = 12_000_000n;
    await node.result("eth_estimateGas", { to: TARGET });
    expect(node.chain.simulation.last?.request?.gasLimit).toBe(12_000_000n);
    expect(await node.result("trellis_getInfo")).toMatchObject({ carrierGasLimit: "0xb71b00" });
  });

  it("estimates up to the gas limit of a transaction in the next chain block [RPC-10]", async () => {
    const node = new FakeNode();
    const number = node.chain.head().header.number + 1;
    const forks = [
      { name: "cancun", number: 0 },
      { name: "osaka", number },
    ];
    Object.assign(node.chain, { parameters: { ...node.chain.parameters, forks } });
    await node.result("eth_estimateGas", { to: TARGET });
    expect(node.chain.simulation.last?.request?.gasLimit).toBe(1n << 24n);
    await node.result("eth_call", { to: TARGET });
    expect(node.chain.simulation.last?.request?.gasLimit).toBe(50_000_000n);
  });

  it("RPC_REQUEST_REFUSED for authorizations without a recipient, and for an empty list", async () => {
    for (const method of ["eth_call", "eth_estimateGas", "eth_createAccessList"])
      for (const request of [{ authorizationList: [] }, { to: TARGET, authorizationList: [] }])
        expect((await new FakeNode().call(method, request)).error?.message).toMatch(
          /^a set-code transaction/,
        );
  });

  it("RPC_REQUEST_REFUSED for a tip above the cap", async () => {
    const { error } = await new FakeNode().call("eth_call", {
      maxFeePerGas: "0x1",
      maxPriorityFeePerGas: "0x2",
    });
    expect(error?.message).toMatch(/^max priority fee per gas higher than max fee per gas/);
  });

  it("pass on refusals of the engine", async () => {
    const node = new FakeNode();
    node.chain.simulation.error = rpcErrors.RPC_CALL_REVERTED({ data: ERROR_NO });
    expect((await node.call("eth_estimateGas", { to: TARGET })).error).toMatchObject({
      code: 3,
      data: ERROR_NO,
    });
  });
});

describe("traces", () => {
  it("RPC_NOT_CANONICAL: a transaction", async () =>
    expect((await new FakeNode().call("debug_traceTransaction", MISSING)).error).toEqual({
      code: -32000,
      message: "transaction not found",
    }));

  it("RPC_NOT_FOUND: a tracer", async () =>
    expect((await new FakeNode().call("debug_traceCall", {}, "latest", { tracer: "x" })).error).toEqual({
      code: -32000,
      message: "tracer not found",
    }));

  it("pass on JSON text unchanged", async () => {
    const node = new FakeNode();
    const { hash } = node.chain.add();
    const result = new EncodedJson(new TextEncoder().encode('{"type":"CALL","revertReason":"é"}'));
    node.chain.simulation.traceCall = async () => result;
    node.chain.simulation.traceBlock = async () => [
      { transactionHash: ZERO_HASH, result },
      { transactionHash: hash, result: { type: "CREATE" } },
    ];
    const trace = { type: "CALL", revertReason: "é" };
    expect((await node.call("debug_traceCall", {}, "latest")).result).toEqual(trace);
    expect((await node.call("debug_traceBlockByHash", hash)).result).toEqual([
      { txHash: ZERO_HASH, result: trace },
      { txHash: hash, result: { type: "CREATE" } },
    ]);
  });

  it("RPC_REQUEST_REFUSED for genesis", async () =>
    expect((await new FakeNode().call("debug_traceBlockByNumber", "0x0")).error?.message).toBe(
      "genesis is not traceable",
    ));
});

describe("receipts", () => {
  it("number their logs through the block", async () => {
    const node = new FakeNode();
    const [first, second] = [testTransaction(), testTransaction({ nonce: 1n })];
    node.chain.add({
      transactions: [
        { signed: first, logs: [testLog(TARGET, 1), testLog(TARGET, 2)] },
        { signed: second, logs: [testLog(TARGET, 3)] },
      ],
    });
    expect(await node.result("eth_getTransactionReceipt", second.transaction.hash)).toMatchObject({
      transactionIndex: "0x1",
      cumulativeGasUsed: "0xa410",
      logs: [{ logIndex: "0x2", transactionIndex: "0x1", removed: false }],
    });
  });
});

describe("mempool", () => {
  it("is listed by checksummed sender and nonce", async () => {
    const node = new FakeNode();
    const { sender } = node.pool.add(testTransaction());
    const { pending } = (await node.result("txpool_inspect")) as { pending: Record<string, object> };
    const [shown] = Object.keys(pending);
    expect(shown).not.toBe(sender);
    expect(shown?.toLowerCase()).toBe(sender);
    expect(pending[shown!]).toEqual({ "0": `${TARGET}: 1 wei + 100000 gas × 2000000000 wei` });
  });

  it.each([
    ["txpool_content", 45_000, 0],
    ["txpool_content", 720_000, 100],
    ["txpool_contentFrom", 720_000, 100],
    ["txpool_inspect", 5_000, 0],
    ["eth_pendingTransactions", 45_000, 0],
  ])(
    "RPC_RESPONSE_TOO_LARGE before %s serializes a huge mempool: %i bytes",
    async (method, responseBytesMax, keys) => {
      const node = new FakeNode({ limits: { responseBytesMax } });
      const storageKeys = Array.from({ length: keys }, (_, key) => testTopic(key));
      const accessList = [{ address: TARGET, storageKeys }];
      for (let nonce = 0n; nonce < 101n; nonce++) {
        const { transaction, sender } = testTransaction({ nonce });
        const unseen = () => expect.fail("a transaction was written out");
        const { type, hash, data } = transaction;
        const kept = { type, hash, data, nonce, accessList } as unknown as typeof transaction;
        Object.defineProperty(kept, "gasLimit", { get: unseen });
        node.pool.add({ transaction: kept, sender });
      }
      const { sender } = testTransaction();
      const params = method === "txpool_contentFrom" ? [sender] : [];
      expect((await node.call(method, ...params)).error).toEqual({
        code: -32003,
        message: "response too large",
      });
    },
  );

  it("eth_pendingTransactions returns those of the node's accounts", async () => {
    const node = new FakeNode();
    const [own] = (await node.result("eth_accounts")) as string[];
    const { sender, transaction } = node.pool.add({ ...testTransaction(), sender: own! as Address });
    node.pool.add({ ...testTransaction({ nonce: 1n }), sender: TARGET });
    expect(await node.result("eth_pendingTransactions")).toMatchObject([
      { hash: transaction.hash, from: sender, nonce: "0x0", blockHash: null },
    ]);
  });

  it("eth_pendingTransactions returns all on a controlled devnet, as Hardhat does", async () => {
    const node = new FakeNode({ commands: new FakeCommands() });
    const pooled = [testTransaction(), { ...testTransaction({ nonce: 1n }), sender: TARGET as Address }];
    for (const signed of pooled) node.pool.add(signed);
    expect(await node.result("eth_pendingTransactions")).toMatchObject(
      pooled.map(({ sender, transaction }) => ({ hash: transaction.hash, from: sender })),
    );
  });

  it("yields between two transactions of a sender [RPC-17]", async () => {
    const node = new FakeNode();
    let shown = 0;
    let shownAtOnce = 0;
    for (let nonce = 0n; nonce < 100n; nonce++) {
      const { transaction, sender } = testTransaction({ nonce });
      const seen = () => {
        shown++;
        node.time.advance(1);
        return 21_000n;
      };
      node.pool.add({
        transaction: Object.defineProperty({ ...transaction }, "gasLimit", { get: seen }),
        sender,
      });
    }
    const { sender } = testTransaction();
    for (const [method, params] of [
      ["txpool_contentFrom", [sender]],
      ["txpool_content", []],
    ] as const) {
      shown = 0;
      const answer = node.call(method, ...params);
      await new Promise(setImmediate);
      shownAtOnce = shown;
      const { result } = (await answer) as { result: Record<"pending" | "queued", object> };
      expect(shownAtOnce).toBeLessThan(20);
      expect(shown).toBe(100);
      expect(Object.keys({ ...result.pending, ...result.queued })).not.toHaveLength(0);
    }
  });

  it("txpool_inspect lists mempools whose data would not fit", async () => {
    const node = new FakeNode({ limits: { responseBytesMax: 1_000 } });
    node.pool.add(testTransaction({ data: new Uint8Array(2_000) }));
    expect(await node.result("txpool_inspect")).toMatchObject({ queued: {} });
    expect((await node.call("txpool_content")).error?.code).toBe(-32003);
  });

  it("RPC-22: transactions of remote clients are not local, those of the operator are", async () => {
    const isLocal = async (session: Session, options: FakeNodeOptions) => {
      const { handle, pool } = new FakeNode({ roles: ["public"], ...options });
      const { transaction } = testTransaction();
      const params = [bytesToHex(transaction.encoded)];
      const request = { jsonrpc: "2.0", id: 1, method: "eth_sendRawTransaction", params };
      await handle(Buffer.from(JSON.stringify(request)), session);
      return pool.get(transaction.hash)?.isLocal;
    };
    for (const host of ["127.0.0.1", "::1", "localhost"]) {
      expect(await isLocal(testSession(), { host })).toBe(true);
      expect(await isLocal(testSession({ isLocalProgram: false }), { host })).toBe(false);
    }
    for (const host of ["0.0.0.0", "::", "10.0.0.1"]) {
      expect(await isLocal(testSession(), { host })).toBe(false);
      expect(await isLocal(testSession({ isLocalProgram: false }), { host, roles: ["public", "dev"] })).toBe(
        true,
      );
    }
  });

  it("refuses transactions with geth's messages", async () => {
    const node = new FakeNode();
    expect((await node.call("eth_sendRawTransaction", "0x")).error?.message).toMatch(/^rlp:/);
    expect((await node.call("eth_sendRawTransaction", "0x03c0")).error).toEqual({
      code: -32000,
      message: "blob transactions not supported",
    });
    expect((await node.call("eth_sendRawTransaction", "0x05c0")).error?.message).toBe(
      "transaction type not supported",
    );
  });
});

describe("trellis", () => {
  it("returns the status of a transaction", async () => {
    const node = new FakeNode();
    const { transaction } = testTransaction();
    const status = () => node.result("trellis_getTransactionStatus", transaction.hash);
    expect(await status()).toEqual({ kind: "unknown" });
    node.pool.add(testTransaction());
    expect(await status()).toEqual({ kind: "pending" });
    const block = node.chain.add({ transactions: [{ signed: testTransaction() }] });
    node.chain.add();
    expect(await status()).toEqual({
      kind: "accepted",
      blockHash: block.hash,
      blockNumber: "0x1",
      transactionIndex: "0x0",
      carriers: [block.hash],
      confirmations: 1,
    });
  });

  it("returns the DAG and the effects of chain blocks", async () => {
    const node = new FakeNode();
    const { hash } = node.chain.add({
      transactions: [{ signed: testTransaction() }],
      skipped: [
        {
          transactionHash: MISSING as `0x${string}`,
          carrier: MISSING as `0x${string}`,
          reason: "NONCE_TOO_LOW",
        },
      ],
    });
    expect(await node.result("trellis_getTips")).toEqual([hash]);
    expect(await node.result("trellis_getDagBlock", hash, true)).toMatchObject({
      hash,
      blueScore: "0x1",
      color: "blue",
      isChainBlock: true,
      rawTransactions: [expect.stringMatching(/^0x02/)],
    });
    expect(await node.result("trellis_getDagBlock", MISSING)).toBeNull();
    expect(await node.result("trellis_getDag", "0x0", "0x9")).toHaveLength(2);
    expect((await node.call("trellis_getDag", "0x9", "0x0")).error?.code).toBe(-32602);
    expect(await node.result("trellis_getChainBlock", "latest")).toMatchObject({
      skipped: [{ hash: MISSING, reason: "NONCE_TOO_LOW" }],
    });
    expect(await node.result("trellis_getChainBlock", "0x99")).toBeNull();
    expect(await node.result("trellis_getInfo")).toMatchObject({ chainId: "0x7a69", blocks: 2 });
    expect(await node.result("trellis_getStreams")).toEqual(
      expect.arrayContaining([expect.objectContaining({ difficulty: "0x1" })]),
    );
    expect(await node.result("trellis_getCheckpoint")).toMatchObject({ head: { number: "0x1", hash } });
  });

  it("suggests fees that rise with the urgency", async () => {
    const node = new FakeNode();
    node.chain.baseFeeNext = 100n;
    expect(await node.result("trellis_feeOracle")).toEqual({
      baseFeePerGas: "0x64",
      low: { maxPriorityFeePerGas: "0x1", maxFeePerGas: "0xc9" },
      normal: { maxPriorityFeePerGas: "0x2", maxFeePerGas: "0xca" },
      fast: { maxPriorityFeePerGas: "0x3", maxFeePerGas: "0xcb" },
    });
    node.pool.floorWei = 5n;
    expect(await node.result("eth_maxPriorityFeePerGas")).toBe("0x7");
  });

  it("mines on demand", async () => {
    const node = new FakeNode();
    expect(await node.result("trellis_mine", 3)).toHaveLength(3);
    expect(await node.result("evm_mine")).toBe("0x0");
    expect((await node.call("evm_mine", 1_800_000_000)).error).toEqual({
      code: -32000,
      message: "a fake node takes no commands",
    });
    expect(node.mined).toEqual([3, 1]);
    expect((await node.call("trellis_mine", 5_000)).error?.code).toBe(-32602);
    const fixed = new FakeNode({ without: ["devControl"] });
    expect((await fixed.call("evm_mine")).error?.message).toBe("this node does not mine on demand");
  });
});

describe("other methods", () => {
  it("return the node's identity", async () => {
    const node = new FakeNode({ clientVersion: "Trellis/9" });
    expect(await node.result("web3_clientVersion")).toBe("Trellis/9");
    expect(await node.result("web3_sha3", "0x68656c6c6f20776f726c64")).toBe(
      "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad",
    );
    expect(await node.result("net_version")).toBe("31337");
    expect(await node.result("net_peerCount")).toBe("0x3");
    expect(await node.result("net_listening")).toBe(true);
    expect(await node.result("rpc_modules")).toMatchObject({ eth: "1.0", trellis: "1.0", debug: "1.0" });
    const alone = new FakeNode({ without: ["network", "signers"] });
    expect(await alone.result("net_peerCount")).toBe("0x0");
    expect(await alone.result("eth_accounts")).toEqual([]);
    expect(await node.result("eth_requestAccounts")).toEqual(await node.result("eth_accounts"));
  });

  it("describe the API: enabled methods to clients, all methods to the documentation", async () => {
    const node = new FakeNode({ roles: ["public"] });
    const document = (await node.result("rpc.discover")) as {
      methods: { name: string; params: object[] }[];
      "x-not-served": string[];
    };
    const { methods } = document;
    const names = methods.map(({ name }) => name);
    expect(names).toContain("eth_call");
    expect(names).not.toContain("debug_traceCall");
    expect(methods.find(({ name }) => name === "eth_getBalance")?.params).toMatchObject([
      { name: "address", required: true },
      { name: "block", required: false },
    ]);
    const described = describeMethods();
    for (const name of ["eth_getBlockAccessList", "debug_getRawBlockAccessList"])
      expect(document["x-not-served"]).toContain(name);
    for (const { name } of described) expect(document["x-not-served"]).not.toContain(name);
    expect(new Set(described.map(({ name }) => name)).size).toBe(described.length);
    expect(described.find(({ name }) => name === "debug_traceCall")).toMatchObject({ role: "debug" });
  });
});
