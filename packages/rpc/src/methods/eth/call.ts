import { bytesToHex, quantityToHex } from "@trellis/base";
import type { CallResult } from "@trellis/protocol";
import { callRequest } from "../../calls/callRequest.ts";
import { estimateGas } from "../../calls/estimateGas.ts";
import { simulationOptions } from "../../calls/simulationOptions.ts";
import { blockParameter } from "../../decoding/blockParameter.ts";
import { blockOverrides, stateOverrides } from "../../decoding/overrides.ts";
import { transactionArguments } from "../../decoding/transactionArguments.ts";
import { rpcErrors } from "../../errors.ts";
import { resolveHeader } from "../../reading/resolveBlock.ts";
import { defineExecution, optional, required } from "../Method.ts";

const params = [
  required("transaction", transactionArguments),
  optional("block", blockParameter, "latest"),
  optional("stateOverrides", stateOverrides),
  optional("blockOverrides", blockOverrides),
] as const;

export const callMethods = [
  defineExecution({
    name: "eth_call",
    summary: "Executes a call on the state after a block, without changing state, and returns its result.",
    params,
    async handle(node, [args, at, state, block], cancellation) {
      const { chain, limits } = node;
      const { hash } = resolveHeader(chain, at);
      const request = callRequest(args, limits.callGasMax, chain.parameters.chainId);
      const options = simulationOptions(state, block);
      const result = await chain.simulation.call(hash, request, { ...options, cancellation });
      cancellation.used(result.gasUsed);
      return bytesToHex(outputOf(result));
    },
  }),
  defineExecution({
    name: "eth_estimateGas",
    summary: "Returns the lowest gas limit with which a transaction succeeds.",
    params,
    async handle(node, [args, at, state, block], cancellation) {
      const options = { ...simulationOptions(state, block), cancellation };
      return quantityToHex(await estimateGas(node, resolveHeader(node.chain, at), args, options));
    },
  }),
  defineExecution({
    name: "eth_createAccessList",
    summary:
      "Returns the addresses and slots that a transaction accesses (EIP-2930), and its gas with this access list.",
    params,
    async handle(node, [args, at, state, block], cancellation) {
      const { chain, limits } = node;
      const { hash } = resolveHeader(chain, at);
      const request = callRequest(args, limits.callGasMax, chain.parameters.chainId);
      const options = simulationOptions(state, block);
      const { accessList, gasUsed, failure } = await chain.simulation.createAccessList(hash, request, {
        ...options,
        cancellation,
      });
      cancellation.used(gasUsed);
      const error = failure === undefined ? {} : { error: failure };
      return { accessList, gasUsed: quantityToHex(gasUsed), ...error };
    },
  }),
];

function outputOf({ outcome, output, failure, gasUsed }: CallResult): Uint8Array {
  if (outcome === "success") return output;
  if (outcome === "revert") throw rpcErrors.RPC_CALL_REVERTED({ data: bytesToHex(output), gasUsed });
  throw rpcErrors.RPC_REQUEST_REFUSED({ reason: failure ?? outcome, gasUsed });
}
