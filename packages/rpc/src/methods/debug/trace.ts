import { type ChainBlock, EncodedJson, jsonText } from "@trellis/protocol";
import { callRequest } from "../../calls/callRequest.ts";
import { simulationOptions } from "../../calls/simulationOptions.ts";
import { blockNumberOrTag, blockParameter } from "../../decoding/blockParameter.ts";
import { hash } from "../../decoding/hex.ts";
import { STRUCT_LOGS, type TraceConfig, traceConfig } from "../../decoding/traceConfig.ts";
import { transactionArguments } from "../../decoding/transactionArguments.ts";
import { rpcErrors } from "../../errors.ts";
import { withDeadline } from "../../guards/deadline.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { resolveBlock } from "../../reading/resolveBlock.ts";
import { defineMethod, optional, required, WEIGHTS } from "../Method.ts";

const debug = { role: "debug", weight: WEIGHTS.trace } as const;

const config = optional("config", traceConfig, {
  tracer: STRUCT_LOGS,
  stateOverrides: undefined,
  blockOverrides: undefined,
});

export const traceMethods = [
  defineMethod({
    ...debug,
    name: "debug_traceTransaction",
    summary: "Runs an accepted transaction again in its block and gives what a tracer saw.",
    params: [required("transactionHash", hash), config],
    handle(node, [transactionHash, { tracer }]) {
      const { chain } = node;
      const place = chain.locate(transactionHash);
      if (place === undefined) throw rpcErrors.RPC_TRANSACTION_UNKNOWN({ transaction: transactionHash });
      return withDeadline(node, (cancellation) =>
        chain.simulation.traceTransaction(place.block.hash, transactionHash, tracer, cancellation),
      );
    },
  }),
  defineMethod({
    ...debug,
    name: "debug_traceCall",
    summary: "Runs a message on the state after a block and gives what a tracer saw.",
    params: [
      required("transaction", transactionArguments),
      optional("block", blockParameter, "latest"),
      config,
    ],
    handle(node, [args, at, { tracer, stateOverrides, blockOverrides }]) {
      const { chain, limits } = node;
      const request = callRequest(args, limits.callGasMax, chain.parameters.chainId);
      const options = simulationOptions(stateOverrides, blockOverrides);
      const { hash } = resolveBlock(chain, at);
      return withDeadline(node, (cancellation) =>
        chain.simulation.traceCall(hash, request, tracer, { ...options, cancellation }),
      );
    },
  }),
  defineMethod({
    ...debug,
    name: "debug_traceBlockByNumber",
    summary: "Traces all transactions of the chain block of a number.",
    params: [required("block", blockNumberOrTag), config],
    handle(node, [at, { tracer }]) {
      const reason = typeof at === "number" ? `block #${at} not found` : undefined;
      return traceBlock(node, resolveBlock(node.chain, at, reason), tracer);
    },
  }),
  defineMethod({
    ...debug,
    name: "debug_traceBlockByHash",
    summary: "Traces all transactions of a chain block.",
    params: [required("blockHash", hash), config],
    handle(node, [blockHash, { tracer }]) {
      const at = { blockHash, requireCanonical: false };
      return traceBlock(node, resolveBlock(node.chain, at, `block ${blockHash} not found`), tracer);
    },
  }),
];

async function traceBlock(
  node: Pick<RpcNode, "chain" | "limits" | "clock" | "scheduler">,
  { hash: block, header }: ChainBlock,
  tracer: TraceConfig["tracer"],
): Promise<EncodedJson> {
  if (header.number === 0) throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "genesis is not traceable" });
  const { chain } = node;
  const traces = await withDeadline(node, (cancellation) =>
    chain.simulation.traceBlock(block, tracer, cancellation),
  );
  const entries = traces.map(
    ({ transactionHash, result }) => `{"txHash":"${transactionHash}","result":${jsonText(result)}}`,
  );
  return new EncodedJson(`[${entries.join(",")}]`);
}
