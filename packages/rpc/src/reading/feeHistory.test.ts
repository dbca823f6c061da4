import { testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../testing/FakeNode.ts";

const GWEI = 1_000_000_000n;

/** Tips of 1, 2 and 3 gwei for 21,000, 63,000 and 16,000 gas. */
function paidBlock(start: bigint) {
  const paid = (tip: bigint, gasUsed: bigint, nonce: bigint) => ({
    signed: testTransaction({ nonce, maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: tip * GWEI }),
    gasUsed,
  });
  return {
    baseFee: 7n,
    transactions: [paid(3n, 16_000n, start), paid(1n, 21_000n, start + 1n), paid(2n, 63_000n, start + 2n)],
  };
}

interface FeeHistory {
  readonly oldestBlock: string;
  readonly baseFeePerGas: readonly string[];
  readonly gasUsedRatio: readonly number[];
  readonly reward?: readonly (readonly string[])[];
}

function chainOfThree() {
  const node = new FakeNode();
  node.chain.add({ baseFee: 9n });
  node.chain.add(paidBlock(0n));
  node.chain.add({ baseFee: 8n });
  node.chain.baseFeeNext = 5n;
  const history = async (...params: unknown[]) =>
    (await node.result("eth_feeHistory", ...params)) as FeeHistory;
  return { node, history };
}

describe("eth_feeHistory", () => {
  it("returns the base fees of the range and of the next block", async () => {
    const { history } = chainOfThree();
    expect((await history("0x2", "latest", [])).baseFeePerGas).toEqual(["0x7", "0x8", "0x5"]);
    expect((await history("0x2", "0x2", [])).baseFeePerGas).toEqual(["0x9", "0x7", "0x8"]);
  });

  it("returns the gas used ratios", async () => {
    const { node, history } = chainOfThree();
    expect((await history(2, "0x2", [])).gasUsedRatio).toEqual([
      0,
      100_000 / Number(node.chain.parameters.gasLimit),
    ]);
  });

  it("weighs the tips by gas", async () => {
    const { history } = chainOfThree();
    const { reward } = await history("0x1", "0x2", [0, 21, 21.5, 84, 85, 100]);
    const tips = [1n, 1n, 2n, 2n, 3n, 3n].map((tip) => `0x${(tip * GWEI).toString(16)}`);
    expect(reward).toEqual([tips]);
  });

  it("returns zeros for a block without transactions, and rewards only on request", async () => {
    const { history } = chainOfThree();
    expect((await history("0x1", "latest", [10, 90])).reward).toEqual([["0x0", "0x0"]]);
    expect(await history("0x1", "latest")).not.toHaveProperty("reward");
  });

  it("is cut at the oldest block", async () => {
    const { node, history } = chainOfThree();
    expect(await history("0x400", "latest", [])).toMatchObject({ oldestBlock: "0x0" });
    node.chain.oldest = 2;
    expect(await history("0x400", "latest", [])).toMatchObject({ oldestBlock: "0x2" });
  });

  it("of no blocks is empty", async () => {
    const { history } = chainOfThree();
    const empty = { oldestBlock: "0x0", baseFeePerGas: [], gasUsedRatio: [] };
    expect(await history("0x0", "latest", [])).toEqual(empty);
    expect(await history("0x1", "pending", [])).toEqual(empty);
    expect((await history("0x2", "pending", [])).gasUsedRatio).toHaveLength(1);
  });

  it("reads transactions only for rewards, and one block at a time", async () => {
    const { node, history } = chainOfThree();
    const { chain } = node;
    const read: string[] = [];
    const whole = chain.blockByHash.bind(chain);
    chain.blockByHash = (hash) => {
      read.push(hash);
      return whole(hash);
    };
    const [plain, rewarded] = [await history("0x3", "latest", []), await history("0x3", "latest", [50])];
    expect(rewarded).toMatchObject({ ...plain });
    expect(read).toEqual([3, 2, 1].map((number) => chain.blockByNumber(number)!.hash));
  });

  it("pauses, and stays on the chain on which it started", async () => {
    const { node, history } = chainOfThree();
    const { chain, time } = node;
    const before = await history("0x3", "latest", [50]);
    const whole = chain.blockByHash.bind(chain);
    let turns = 0;
    chain.blockByHash = (hash) => {
      time.advance(11);
      queueMicrotask(() => {
        if (turns++ === 0) chain.reorganise(2, [{ baseFee: 70n }, { baseFee: 80n }, { baseFee: 90n }]);
      });
      return whole(hash);
    };
    expect(await history("0x3", "latest", [50])).toEqual(before);
    expect(turns).toBe(3);
  });

  it("RPC_CALL_TIMED_OUT", async () => {
    const { node } = chainOfThree();
    const { chain, time } = node;
    for (let block = 0; block < 600; block++) chain.add();
    const header = chain.chainHeader.bind(chain);
    chain.chainHeader = (hash) => {
      time.advance(11);
      return header(hash);
    };
    const { error } = await node.call("eth_feeHistory", "0x400", "latest", []);
    expect(error?.message).toBe("execution aborted (timeout = 5s)");
  });

  it("RPC_REQUEST_REFUSED in geth's words", async () => {
    const { node } = chainOfThree();
    const refusal = async (...params: unknown[]) => (await node.call("eth_feeHistory", ...params)).error;
    expect(await refusal(1, "0x9", [])).toEqual({
      code: -32000,
      message: "request beyond head block: requested 9, head 3",
    });
    expect((await refusal(1, "latest", [101]))?.message).toBe("invalid reward percentile: 101.000000");
    expect((await refusal(1, "latest", [5, 4]))?.message).toBe(
      "invalid reward percentile: #0:5.000000 >= #1:4.000000",
    );
    const many = Array.from({ length: 101 }, (_, index) => index / 2);
    expect((await refusal(1, "latest", many))?.message).toBe("over the query limit 100");
  });
});
