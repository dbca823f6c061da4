import { quantityToHex } from "@trellis/base";
import { blockNumberOrTag } from "../../decoding/blockParameter.ts";
import { arrayOf, type Decoder, malformed } from "../../decoding/Decoder.ts";
import { count } from "../../decoding/hex.ts";
import { planFees } from "../../reading/feeHistory.ts";
import { defineMethod, defineRead, optional, required } from "../Method.ts";

/** EIP-4844's minimum. */
const BLOB_BASE_FEE = "0x1";
/** Above feeHistory's limit, so that its own error is shown. */
const PERCENTILES_MAX = 10_000;

const percentile: Decoder<number> = {
  schema: { type: "number", minimum: 0, maximum: 100 },
  decode: (value) => (typeof value === "number" ? value : malformed("non-number value")),
};

export const feeMethods = [
  defineMethod({
    name: "eth_gasPrice",
    summary: "A gas price for a legacy transaction: base fee and usual tip. wei",
    handle: ({ fees }) => quantityToHex(fees.gasPrice()),
  }),
  defineMethod({
    name: "eth_maxPriorityFeePerGas",
    summary: "A tip that recently accepted transactions paid. wei per gas",
    handle: ({ fees }) => quantityToHex(fees.tips().normal),
  }),
  defineMethod({
    name: "eth_baseFee",
    summary: "Base fee of the next chain block. wei per gas",
    handle: ({ chain }) => quantityToHex(chain.nextBaseFee()),
  }),
  defineMethod({
    name: "eth_blobBaseFee",
    summary: "The least blob base fee: the chain has no blobs. wei per gas",
    handle: () => BLOB_BASE_FEE,
  }),
  defineRead({
    name: "eth_feeHistory",
    summary: "Base fees, gas use and tips by percentile over a range of chain blocks.",
    params: [
      required("blockCount", count),
      required("newestBlock", blockNumberOrTag),
      optional("rewardPercentiles", arrayOf(percentile, PERCENTILES_MAX), []),
    ],
    plan: ({ chain }, [blockCount, newest, percentiles]) => planFees(chain, blockCount, newest, percentiles),
  }),
];
