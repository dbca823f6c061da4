import type { Hex } from "@trellis/base";
import { encodeExecute, type Route } from "@trellis/contracts/arbitrage";
import { decodeFunctionData, parseAbi, parseTransaction } from "viem";
import { describe, expect, it } from "vitest";
import { addressOf, TOKEN_0, TOKEN_1 } from "../pools/testing/addresses.ts";
import { hashOf } from "../pools/testing/logs.ts";
import { createOpStackL1Fee, GAS_PRICE_ORACLE } from "./createL1Fee.ts";
import { OPTIONS } from "./testing/openEngineBench.ts";

const BLOCK = { hash: hashOf(7) };
const hop = { kind: "swapV2", pool: addressOf(1), zeroForOne: true, feePpm: 3_000 } as const;
const ROUTE: Route = {
  anchor: { number: 7, hash: BLOCK.hash },
  windowBlocks: 1,
  deadlineSeconds: 1_000,
  profitMin: 1n,
  amountIn: 2n,
  hops: [
    { ...hop, tokenIn: TOKEN_0 },
    { ...hop, tokenIn: TOKEN_1 },
  ],
};
describe("L1 data fee", () => {
  it("ARB-14: is read from the OP stack's oracle for the unsigned transaction, in the block's state", async () => {
    const asked: unknown[] = [];
    let data: Hex = "0x";
    const l1Fee = createOpStackL1Fee(10, {
      client: {
        async call(to, question, hash) {
          asked.push([to, hash]);
          data = question;
          return `0x${"00".repeat(30)}abcd`;
        },
      },
    });
    expect(await l1Fee(ROUTE, BLOCK, OPTIONS)).toBe(0xabcdn);
    expect(asked).toEqual([[GAS_PRICE_ORACLE, BLOCK.hash]]);
    const abi = parseAbi(["function getL1Fee(bytes data)"]);
    const [unsigned] = decodeFunctionData({ abi, data }).args;
    expect(parseTransaction(unsigned)).toMatchObject({
      chainId: 10,
      to: OPTIONS.arbitrageur,
      data: encodeExecute(ROUTE),
      gas: OPTIONS.gasMax,
      maxFeePerGas: OPTIONS.gasPriceWeiMax,
    });
  });

  it("L1_FEE_UNKNOWN: the oracle is missing or reverts", async () => {
    for (const answer of ["0x", undefined] as const) {
      const l1Fee = createOpStackL1Fee(10, { client: { call: async () => answer } });
      await expect(l1Fee(ROUTE, BLOCK, OPTIONS)).rejects.toMatchObject({ code: "L1_FEE_UNKNOWN" });
    }
  });
});
