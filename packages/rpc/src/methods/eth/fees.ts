import { quantityToHex } from "@trellis/base";
import { blockNumberOrTag } from "../../decoding/blockParameter.ts";
import { arrayOf, type Decoder, malformed } from "../../decoding/Decoder.ts";
import { count } from "../../decoding/hex.ts";
import { planFees } from "../../reading/feeHistory.ts";
import { defineMethod, defineRead, optional, required } from "../Method.ts";

/** EIP-4844's minimum. */
const BLOB_BASE_FEE = "0x1";
/** Exceeds the limit of `planFees`, whose error is more precise. */
const PERCENTILES_MAX = 10_000;

const percentile: Decoder<number> = {
  schema: { type: "number", minimum: 0, maximum: 100 },
  decode: (value) => (typeof value === "number" ? value : malformed("non-number value")),
};

export const feeMethods = [
  defineMethod({
    name: "eth_gasPrice",
    summary: "Returns a gas price for legacy transactions: base fee plus usual tip, in wei.",
    handle: ({ fees }) => quantityToHex(fees.gasPrice()),
  }),
  defineMethod({
    name: "eth_maxPriorityFeePerGas",
    summary: "Returns a priority fee that recently accepted transactions paid, in wei per gas.",
    handle: ({ fees }) => quantityToHex(fees.tips().normal),
  }),
  defineMethod({
    name: "eth_baseFee",
    summary: "Returns the base fee of the next chain block, in wei per gas.",
    handle: ({ chain }) => quantityToHex(chain.nextBaseFee()),
  }),
  defineMethod({
    name: "eth_blobBaseFee",
    summary: "Returns the minimum blob base fee, in wei per gas; the chain has no blobs.",
    handle: () => BLOB_BASE_FEE,
  }),
  defineRead({
    name: "eth_feeHistory",
    summary: "Returns base fees, gas usage and priority fee percentiles of a range of chain blocks.",
    params: [
      required("blockCount", count),
      required("newestBlock", blockNumberOrTag),
      optional("rewardPercentiles", arrayOf(percentile, PERCENTILES_MAX), []),
    ],
    plan: ({ chain }, [blockCount, newest, percentiles]) => planFees(chain, blockCount, newest, percentiles),
  }),
];
