import { bytesToHex, quantityToHex } from "@trellis/base";
import { callRequest } from "../../calls/callRequest.ts";
import { estimateGas } from "../../calls/estimateGas.ts";
import { outputOf } from "../../calls/outcome.ts";
import { simulationOptions } from "../../calls/simulationOptions.ts";
import { blockParameter } from "../../decoding/blockParameter.ts";
import { blockOverrides, stateOverrides } from "../../decoding/overrides.ts";
import { transactionArguments } from "../../decoding/transactionArguments.ts";
import { withDeadline } from "../../guards/deadline.ts";
import { resolveBlock } from "../../reading/resolveBlock.ts";
import { defineMethod, optional, required, WEIGHTS } from "../Method.ts";

const params = [
  required("transaction", transactionArguments),
  optional("block", blockParameter, "latest"),
  optional("stateOverrides", stateOverrides),
  optional("blockOverrides", blockOverrides),
] as const;

export const callMethods = [
  defineMethod({
    name: "eth_call",
    summary: "Runs a message on the state after a block, changing nothing, and gives what it returns.",
    params,
    weight: WEIGHTS.execute,
    async handle(node, [args, at, state, block]) {
      const { chain, limits } = node;
      const { hash } = resolveBlock(chain, at);
      const request = callRequest(args, limits.callGasMax, chain.parameters.chainId);
      const options = simulationOptions(state, block);
      const result = await withDeadline(node, (cancellation) =>
        chain.simulation.call(hash, request, { ...options, cancellation }),
      );
      return bytesToHex(outputOf(result));
    },
  }),
  defineMethod({
    name: "eth_estimateGas",
    summary: "The least gas limit with which a transaction succeeds.",
    params,
    weight: WEIGHTS.execute,
    async handle(node, [args, at, state, block]) {
      const options = simulationOptions(state, block);
      return quantityToHex(await estimateGas(node, resolveBlock(node.chain, at), args, options));
    },
  }),
  defineMethod({
    name: "eth_createAccessList",
    summary:
      "The addresses and slots that a transaction touches (EIP-2930), and the gas it uses with them listed.",
    params,
    weight: WEIGHTS.execute,
    async handle(node, [args, at, state, block]) {
      const { chain, limits } = node;
      const { hash } = resolveBlock(chain, at);
      const request = callRequest(args, limits.callGasMax, chain.parameters.chainId);
      const options = simulationOptions(state, block);
      const { accessList, gasUsed, failure } = await withDeadline(node, (cancellation) =>
        chain.simulation.createAccessList(hash, request, { ...options, cancellation }),
      );
      const error = failure === undefined ? {} : { error: failure };
      return { accessList, gasUsed: quantityToHex(gasUsed), ...error };
    },
  }),
];
