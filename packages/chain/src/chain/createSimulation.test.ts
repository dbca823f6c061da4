import {
  type BlockContext,
  type BlockInput,
  type CallEvm,
  type CallInput,
  type CallRequest,
  type CallResult,
  type ChainBlock,
  type ChainHeader,
  DEFAULT_FORK,
  type Evm,
  type Hash,
  type StateReader,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createSimulation } from "./createSimulation.ts";

const BLOCK: Hash = `0x${"12".repeat(32)}`;
const TRACER = { kind: "call", onlyTopCall: true, withLog: false } as const;
const REQUEST: CallRequest = {
  from: ZERO_ADDRESS,
  to: ZERO_ADDRESS,
  gasLimit: 50_000n,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
  value: 0n,
  data: new Uint8Array(0),
  accessList: [],
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

function slowEvm() {
  const happened: string[] = [];
  const blocks: (Hash | undefined)[] = [];
  const evm = {
    async call({ stateBlock }: CallInput) {
      happened.push("start");
      blocks.push(stateBlock);
      for (let turns = 0; turns < 5; turns++) await turn();
      happened.push("end");
      return { outcome: "success" } as CallResult;
    },
    traceBlock: async () => [{ transactionHash: ZERO_HASH, result: "traced" }],
  } as unknown as Evm;
  return { evm, happened, blocks };
}

function simulate(evm: Evm, callEvm?: CallEvm, blockInput = async () => ({}) as BlockInput) {
  return createSimulation({
    evm,
    callEvm,
    rules: { baseFeeChangeDenominator: 8n, baseFeeMin: 1n, forks: [{ name: DEFAULT_FORK, number: 0 }] },
    chainBlock: (hash) => ({ hash }) as ChainBlock,
    chainHeader: (hash) => ({ hash, header: { miner: ZERO_ADDRESS } }) as ChainHeader,
    stateAt: () => ({}) as StateReader,
    context: () => ({}) as BlockContext,
    blockInput,
  });
}

describe("EVM-17: a simulation", () => {
  it("sends its calls to the EVM for calls at once, with the block of their state", async () => {
    const { evm, happened, blocks } = slowEvm();
    const { call } = simulate({} as Evm, evm);
    await Promise.all([call(BLOCK, REQUEST), call(ZERO_HASH, REQUEST)]);
    expect(happened).toEqual(["start", "start", "end", "end"]);
    expect(blocks).toEqual([BLOCK, ZERO_HASH]);
  });

  it("runs one call after another with a single EVM", async () => {
    const { evm, happened } = slowEvm();
    const { call } = simulate(evm);
    await Promise.all([call(BLOCK, REQUEST), call(BLOCK, REQUEST)]);
    expect(happened).toEqual(["start", "end", "start", "end"]);
  });

  it("CALL_ABANDONED: does not prepare a block for a cancelled trace", async () => {
    const prepared = Promise.withResolvers<BlockInput>();
    let count = 0;
    const blockInput = () => {
      count++;
      return prepared.promise;
    };
    const { traceBlock, traceTransaction } = simulate({} as Evm, slowEvm().evm, blockInput);
    const controller = new AbortController();
    const { signal } = controller;
    const first = traceBlock(BLOCK, TRACER);
    const second = traceTransaction(BLOCK, ZERO_HASH, TRACER, { signal, isOver: () => signal.aborted });
    await turn();
    controller.abort();
    prepared.resolve({} as BlockInput);
    expect(await first).toEqual([{ transactionHash: ZERO_HASH, result: "traced" }]);
    await expect(second).rejects.toMatchObject({ code: "CALL_ABANDONED" });
    expect(count).toBe(1);
    expect(await traceTransaction(BLOCK, ZERO_HASH, TRACER)).toBe("traced");
  });
});
