import {
  type Cancellation,
  type ChainHeader,
  type ChainView,
  EncodedJson,
  jsonText,
} from "@trellis/protocol";
import { callRequest } from "../../calls/callRequest.ts";
import { simulationOptions } from "../../calls/simulationOptions.ts";
import { blockNumberOrTag, blockParameter } from "../../decoding/blockParameter.ts";
import { hash } from "../../decoding/hex.ts";
import { STRUCT_LOGS, type TraceConfig, traceConfig } from "../../decoding/traceConfig.ts";
import { bundles, simulationContext } from "../../decoding/traceFilter.ts";
import { transactionArguments } from "../../decoding/transactionArguments.ts";
import { rpcErrors } from "../../errors.ts";
import { resolveHeader } from "../../reading/resolveBlock.ts";
import { defineExecution, optional, required, WEIGHTS } from "../Method.ts";

const debug = { role: "debug", weight: WEIGHTS.trace } as const;

const config = optional("config", traceConfig, {
  tracer: STRUCT_LOGS,
  stateOverrides: undefined,
  blockOverrides: undefined,
});

export const traceMethods = [
  defineExecution({
    ...debug,
    name: "debug_traceTransaction",
    summary: "Re-executes an accepted transaction in its block and returns the tracer's result.",
    params: [required("transactionHash", hash), config],
    handle({ chain }, [transactionHash, { tracer }], cancellation) {
      const place = chain.locate(transactionHash);
      if (place === undefined)
        throw rpcErrors.RPC_NOT_CANONICAL({ reason: "transaction not found", id: transactionHash });
      return chain.simulation.traceTransaction(place.block.hash, transactionHash, tracer, cancellation);
    },
  }),
  defineExecution({
    ...debug,
    name: "debug_traceCall",
    summary: "Executes a call on the state after a block and returns the tracer's result.",
    params: [
      required("transaction", transactionArguments),
      optional("block", blockParameter, "latest"),
      config,
    ],
    handle({ chain, limits }, [args, at, { tracer, stateOverrides, blockOverrides }], cancellation) {
      const request = callRequest(args, limits.callGasMax, chain.parameters.chainId);
      const options = simulationOptions(stateOverrides, blockOverrides);
      const { hash } = resolveHeader(chain, at);
      return chain.simulation.traceCall(hash, request, tracer, { ...options, cancellation });
    },
  }),
  defineExecution({
    ...debug,
    name: "debug_traceCallMany",
    summary: "Traces bundles of calls, one after another, on the state after a block.",
    params: [
      required("bundles", bundles),
      optional("simulationContext", simulationContext, "latest"),
      config,
    ],
    handle({ chain, limits }, [given, at, { tracer, stateOverrides, blockOverrides }], cancellation) {
      const { hash } = resolveHeader(chain, at);
      const { chainId } = chain.parameters;
      const requested = given.map(({ calls, blockOverrides: own }) => ({
        blockOverrides: { ...blockOverrides, ...own },
        calls: calls.map((args) => ({ request: callRequest(args, limits.callGasMax, chainId), tracer })),
      }));
      const options = simulationOptions(stateOverrides, undefined);
      return chain.simulation.traceCalls(hash, requested, { ...options, cancellation });
    },
  }),
  defineExecution({
    ...debug,
    name: "debug_traceBlockByNumber",
    summary: "Traces all transactions of a chain block by number.",
    params: [required("block", blockNumberOrTag), config],
    handle({ chain }, [at, { tracer }], cancellation) {
      const reason = typeof at === "number" ? `block #${at} not found` : undefined;
      return traceBlock(chain, resolveHeader(chain, at, reason), tracer, cancellation);
    },
  }),
  defineExecution({
    ...debug,
    name: "debug_traceBlockByHash",
    summary: "Traces all transactions of a chain block by hash.",
    params: [required("blockHash", hash), config],
    handle({ chain }, [blockHash, { tracer }], cancellation) {
      const at = { blockHash, requireCanonical: false };
      const block = resolveHeader(chain, at, `block ${blockHash} not found`);
      return traceBlock(chain, block, tracer, cancellation);
    },
  }),
];

async function traceBlock(
  chain: ChainView,
  { hash: block, header }: ChainHeader,
  tracer: TraceConfig["tracer"],
  cancellation: Cancellation,
): Promise<EncodedJson> {
  if (header.parents.length === 0)
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "genesis is not traceable" });
  const traces = await chain.simulation.traceBlock(block, tracer, cancellation);
  const entries = traces.map(
    ({ transactionHash, result }) => `{"txHash":"${transactionHash}","result":${jsonText(result)}}`,
  );
  return new EncodedJson(`[${entries.join(",")}]`);
}
