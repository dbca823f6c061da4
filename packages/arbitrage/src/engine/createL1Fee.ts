import type { Hex } from "@trellis/base";
import type { ChainBlock, ChainClient } from "@trellis/client";
import { encodeExecute, type Route } from "@trellis/contracts/arbitrage";
import { encodeFunctionData, parseAbi, serializeTransaction } from "viem";
import type { EvaluationOptions } from "./EvaluationOptions.ts";
import { engineErrors } from "./errors.ts";

/** In wei. @throws L1_FEE_UNKNOWN */
export type L1Fee = (
  route: Route,
  block: Pick<ChainBlock, "hash">,
  options: Pick<EvaluationOptions, "arbitrageur" | "gasMax" | "gasPriceWeiMax">,
) => Promise<bigint>;

export const GAS_PRICE_ORACLE: Hex = "0x420000000000000000000000000000000000000f";
const ORACLE = parseAbi(["function getL1Fee(bytes data) view returns (uint256)"]);
/** Three bytes cover most real nonces. */
const NONCE = 0xff_ff_ff;

/** Passes an unsigned transaction: the oracle adds the signature's cost. */
export function createOpStackL1Fee(
  chainId: number,
  { client }: { readonly client: Pick<ChainClient, "call"> },
): L1Fee {
  return async (route, { hash }, { arbitrageur, gasMax, gasPriceWeiMax }) => {
    const unsigned = serializeTransaction({
      type: "eip1559",
      chainId,
      nonce: NONCE,
      gas: gasMax,
      // Maximum fees have the longest encoding.
      maxFeePerGas: gasPriceWeiMax,
      maxPriorityFeePerGas: gasPriceWeiMax,
      to: arbitrageur,
      value: 0n,
      data: encodeExecute(route),
    });
    const question = encodeFunctionData({ abi: ORACLE, functionName: "getL1Fee", args: [unsigned] });
    const answer = await client.call(GAS_PRICE_ORACLE, question, hash);
    if (answer?.length !== WORD_LENGTH) throw engineErrors.L1_FEE_UNKNOWN({ oracle: GAS_PRICE_ORACLE });
    return BigInt(answer);
  };
}

const WORD_LENGTH = 66;
