import { TARGET, testLog } from "@trellis/kit/chainView";
import type { BlockSimulation, SimulationRefusal } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";

const call = { to: TARGET, value: "0x1" };

interface Block {
  readonly hash: string;
  readonly parentHash: string;
  readonly number: string;
  readonly timestamp: string;
  readonly transactions: readonly unknown[];
  readonly calls: readonly { readonly logs?: readonly object[]; readonly error?: object }[];
}

const simulate = (node: FakeNode, blockStateCalls: unknown, fields: object = {}) =>
  node.call("eth_simulateV1", { blockStateCalls, ...fields });

async function blocksOf(
  node: FakeNode,
  blockStateCalls: unknown,
  fields?: object,
): Promise<readonly Block[]> {
  const { result, error } = await simulate(node, blockStateCalls, fields);
  expect(error).toBeUndefined();
  return result as Block[];
}

describe("RPC-30: eth_simulateV1", () => {
  it("links blocks to their parent, and fills gaps of numbers with empty blocks", async () => {
    const node = new FakeNode();
    const { hash, timestamp } = node.chain.add();
    const blocks = await blocksOf(node, [
      { calls: [call] },
      { blockOverrides: { number: "0x4", time: "0xffffffffff" } },
    ]);
    expect(blocks.map(({ number }) => number)).toEqual(["0x2", "0x3", "0x4"]);
    expect(blocks.map(({ parentHash }) => parentHash)).toEqual([hash, blocks[0]!.hash, blocks[1]!.hash]);
    expect(new Set(blocks.map(({ hash: own }) => own)).size).toBe(3);
    expect(blocks.map((block) => Number(block.timestamp))).toEqual([
      timestamp + 1,
      timestamp + 2,
      0xff_ffff_ffff,
    ]);
    expect(blocks.map(({ calls }) => calls.length)).toEqual([1, 0, 0]);
  });

  it("numbers logs through a block, and names failures", async () => {
    const node = new FakeNode();
    const { result } = node.chain.simulation;
    node.chain.simulation.result = { ...result, logs: [testLog(TARGET, 1), testLog(TARGET, 2)] };
    const [block] = await blocksOf(node, [{ calls: [call, call] }]);
    const places = [0, 1, 2, 3].map((logIndex) => ({
      logIndex: `0x${logIndex}`,
      transactionIndex: logIndex < 2 ? "0x0" : "0x1",
      transactionHash: block!.transactions[logIndex < 2 ? 0 : 1],
      blockHash: block!.hash,
    }));
    expect(block!.calls.flatMap(({ logs }) => logs)).toMatchObject(places);
    node.chain.simulation.result = { ...result, outcome: "outOfGas", failure: "out of gas" };
    expect((await blocksOf(node, [{ calls: [call] }]))[0]!.calls).toMatchObject([
      { status: "0x0", logs: [], error: { code: -32015, message: "vm execution error: out of gas" } },
    ]);
    node.chain.simulation.result = { ...result, outcome: "revert", output: new Uint8Array(0) };
    expect((await blocksOf(node, [{ calls: [call] }]))[0]!.calls).toMatchObject([
      { error: { code: 3, message: "execution reverted", data: "0x" } },
    ]);
  });

  it("shows full transactions on request", async () => {
    const fields = { returnFullTransactions: true };
    const [block] = await blocksOf(new FakeNode(), [{ calls: [{ ...call, from: TARGET }] }], fields);
    expect(block!.transactions).toMatchObject([
      { from: TARGET, to: TARGET, value: "0x1", type: "0x2", r: "0x0" },
    ]);
  });

  it("passes on what is to be checked and logged", async () => {
    const node = new FakeNode({ limits: { callGasMax: 77n } });
    let given: object | undefined;
    node.chain.simulation.simulateBlocks = async (_, request): Promise<BlockSimulation> => {
      given = request;
      return {
        kind: "done",
        blocks: [{ baseFee: 0n, gasUsed: 0n, logsBloom: new Uint8Array(256), calls: [] }],
      };
    };
    const overrides = { [TARGET]: { balance: "0x5" } };
    const fields = { validation: true, traceTransfers: true };
    await blocksOf(node, [{ stateOverrides: overrides }], fields);
    expect(given).toMatchObject({
      gasMax: 77n,
      validates: true,
      logsTransfers: true,
      blocks: [{ stateOverrides: new Map([[TARGET, { balance: 5n }]]) }],
    });
  });

  it.each<[SimulationRefusal, number]>([
    ["NONCE_TOO_LOW", -38_010],
    ["NONCE_TOO_HIGH", -38_011],
    ["FEE_BELOW_BASE_FEE", -38_012],
    ["INTRINSIC_GAS", -38_013],
    ["FUNDS_INSUFFICIENT", -38_014],
    ["GAS_BUDGET_EXHAUSTED", -38_015],
    ["SENDER_HAS_CODE", -38_024],
    ["GAS_MAX_EXCEEDED", -38_026],
    ["MALFORMED", -32_602],
  ])("RPC_SIMULATION_REFUSED: %s has Ethereum's code %i", async (reason, code) => {
    const node = new FakeNode();
    node.chain.simulation.simulateBlocks = async () => ({ kind: "refused", reason, block: 1, call: 2 });
    const message = `block 1, call 2: ${reason.toLowerCase().replaceAll("_", " ")}`;
    expect((await simulate(node, [{}])).error).toEqual({ code, message });
  });

  it.each([
    [[{ blockOverrides: { number: "0x0" } }], -38_020, "block numbers must increase: 0 after 0"],
    [[{}, { blockOverrides: { number: "0x1" } }], -38_020, "block numbers must increase: 1 after 1"],
    [[{ blockOverrides: { time: "0x0" } }], -38_021, "block timestamps must not decrease"],
    [[{ blockOverrides: { number: "0x101" } }], -38_026, "too many blocks: 257, at most 256"],
    [Array.from({ length: 257 }, () => ({})), -32_602, "too many values"],
    [[], -32_602, "empty input"],
    [undefined, -32_602, "missing blockStateCalls"],
    [{}, -32_602, "non-array value"],
    [[{ calls: [{ chainId: "0x1" }] }], -32_000, "chainId does not match"],
    [[{ blockOverrides: { withdrawals: [] } }], -32_602, "is not supported"],
    [[{ stateOverrides: { [TARGET]: { movePrecompileToAddress: TARGET } } }], -32_602, "is not supported"],
  ])("refuses %j", async (blocks, code, reason) => {
    const node = new FakeNode();
    const { error } = await simulate(node, blocks);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
  });

  it("RPC_RESPONSE_TOO_LARGE before logs are encoded", async () => {
    const node = new FakeNode({ limits: { responseBytesMax: 100_000 } });
    const unseen = {
      get address() {
        return expect.fail("a log was encoded");
      },
    };
    const logs = Array.from({ length: 300 }, () => unseen) as never;
    node.chain.simulation.result = { ...node.chain.simulation.result, logs };
    expect((await simulate(node, [{ calls: [call] }])).error?.code).toBe(-32_003);
  });

  it("RPC_RESPONSE_TOO_LARGE before output is encoded", async () => {
    const node = new FakeNode({ limits: { responseBytesMax: 100_000 } });
    const output = { length: 50_001 } as never;
    node.chain.simulation.result = { ...node.chain.simulation.result, output };
    expect((await simulate(node, [{ calls: [call] }])).error?.code).toBe(-32_003);
  });

  it("is written with pauses [RPC-23]", async () => {
    const node = new FakeNode();
    const logs = Array.from({ length: 20 }, () => testLog(TARGET, 1));
    node.chain.simulation.result = { ...node.chain.simulation.result, logs };
    let pauses = 0;
    const pacing = { isDue: true, pause: async () => void pauses++ };
    node.node.lanes.scan.pacing = () => pacing;
    const [block] = await blocksOf(node, [{ calls: [call] }]);
    expect(block!.calls[0]!.logs).toHaveLength(20);
    expect(pauses).toBeGreaterThanOrEqual(20);
  });

  it("RPC_RESPONSE_TOO_LARGE", async () => {
    const node = new FakeNode({ limits: { responseBytesMax: 3_000 } });
    expect((await simulate(node, [{}, {}, {}])).error?.code).toBe(-32_003);
  });
});
