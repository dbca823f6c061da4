import {
  type CallRequest,
  type Cancellation,
  type ChainView,
  EncodedJson,
  type FrameSelection,
  type Hash,
  jsonText,
  type TracerRequest,
} from "@trellis/protocol";
import { callRequest } from "../../calls/callRequest.ts";
import { signedRequest } from "../../calls/signedRequest.ts";
import { blockNumberOrTag, blockParameter } from "../../decoding/blockParameter.ts";
import { arrayOf, type Decoder, malformed } from "../../decoding/Decoder.ts";
import { bytes, hash, index } from "../../decoding/hex.ts";
import { type TraceTypes, traceFilter, traceTypes } from "../../decoding/traceFilter.ts";
import { type TransactionArguments, transactionArguments } from "../../decoding/transactionArguments.ts";
import { rpcErrors } from "../../errors.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { FrameList } from "../../reading/FrameList.ts";
import { findKeptHeader, numberOf, resolveHeader } from "../../reading/resolveBlock.ts";
import { defineExecution, optional, required, WEIGHTS } from "../Method.ts";

const trace = { role: "debug", weight: WEIGHTS.trace } as const;

const CALLS_MAX = 1_000;
const ALL: FrameSelection = { kind: "all" };

const typedCall: Decoder<readonly [TransactionArguments, TraceTypes]> = {
  schema: { type: "array", prefixItems: [transactionArguments.schema, traceTypes.schema] },
  decode(value) {
    if (!Array.isArray(value) || value.length !== 2) malformed("want [transaction, trace types]");
    return [transactionArguments.decode(value[0]), traceTypes.decode(value[1])];
  },
};

const transactionHash = required("transactionHash", hash);
const types = required("traceTypes", traceTypes);
const at = optional("block", blockParameter, "latest");

export const traceMethods = [
  defineExecution({
    ...trace,
    name: "trace_block",
    summary: "Returns the frames of all transactions of a chain block, in Parity's format.",
    params: [required("block", blockNumberOrTag)],
    async handle({ chain, limits }, [number], cancellation) {
      const found = findKeptHeader(chain, number);
      if (found === undefined) return null;
      const list = new FrameList(limits);
      await addBlock(chain, found.hash, ALL, list, cancellation);
      return list.toJson();
    },
  }),
  defineExecution({
    ...trace,
    name: "trace_transaction",
    summary: "Returns the frames of an accepted transaction; null if unknown.",
    params: [transactionHash],
    handle: ({ chain }, [wanted], cancellation) =>
      traceAccepted(chain, wanted, { kind: "parityFrames", select: ALL }, cancellation),
  }),
  defineExecution({
    ...trace,
    name: "trace_get",
    summary: "Returns one frame of an accepted transaction by its index; null if unknown.",
    params: [transactionHash, required("indices", arrayOf(index, 1))],
    async handle({ chain }, [wanted, [position]], cancellation) {
      if (position === undefined) malformed("want one index");
      const select: FrameSelection = { kind: "index", index: position };
      const frames = await traceAccepted(chain, wanted, { kind: "parityFrames", select }, cancellation);
      return frames === null ? null : new EncodedJson(jsonText(frames).slice(1, -1) || "null");
    },
  }),
  defineExecution({
    ...trace,
    name: "trace_filter",
    summary: "Returns the frames of a range of chain blocks by sender and recipient.",
    params: [required("filter", traceFilter)],
    async handle({ chain, limits }, [{ fromBlock, toBlock, select, after, count }], cancellation) {
      const [from, to] = [numberOf(chain, fromBlock), numberOf(chain, toBlock)];
      checkRange(from, to, limits);
      resolveHeader(chain, to);
      const list = new FrameList(limits, { after, count });
      for (let number = from; number <= to && !list.isFull; number++)
        await addBlock(chain, resolveHeader(chain, number).hash, select, list, cancellation);
      return list.toJson();
    },
  }),
  defineExecution({
    ...trace,
    name: "trace_call",
    summary: "Executes a call on the state after a block and returns its frames and state changes.",
    params: [required("transaction", transactionArguments), types, at],
    handle: (node, [args, wanted, block], cancellation) =>
      node.chain.simulation.traceCall(
        resolveHeader(node.chain, block).hash,
        requestOf(node, args),
        replay(wanted),
        { cancellation },
      ),
  }),
  defineExecution({
    ...trace,
    name: "trace_rawTransaction",
    summary: "Executes a signed transaction without sending it, whatever its nonce, as trace_call.",
    params: [required("transaction", bytes), types, at],
    handle: ({ chain, limits }, [encoded, wanted, block], cancellation) =>
      chain.simulation.traceCall(
        resolveHeader(chain, block).hash,
        signedRequest(chain, limits.callGasMax, encoded),
        replay(wanted),
        { cancellation },
      ),
  }),
  defineExecution({
    ...trace,
    name: "trace_callMany",
    summary: "Executes calls one after another on the state after a block, as trace_call.",
    params: [required("calls", arrayOf(typedCall, CALLS_MAX)), at],
    async handle(node, [given, block], cancellation) {
      const calls = given.map(([args, wanted]) => ({
        request: requestOf(node, args),
        tracer: replay(wanted),
      }));
      const { hash: state } = resolveHeader(node.chain, block);
      const bundle = { blockOverrides: undefined, calls };
      const traces = await node.chain.simulation.traceCalls(state, [bundle], { cancellation });
      return new EncodedJson(jsonText(traces).slice(1, -1));
    },
  }),
  defineExecution({
    ...trace,
    name: "trace_replayTransaction",
    summary: "Re-executes an accepted transaction and returns its frames and state changes; null if unknown.",
    params: [transactionHash, types],
    handle: ({ chain }, [wanted, shown], cancellation) =>
      traceAccepted(chain, wanted, replay(shown), cancellation),
  }),
  defineExecution({
    ...trace,
    name: "trace_replayBlockTransactions",
    summary: "Re-executes the transactions of a chain block and returns their frames and state changes.",
    params: [required("block", blockNumberOrTag), types],
    async handle({ chain }, [number, shown], cancellation) {
      const { hash: block, header } = resolveHeader(chain, number);
      if (header.gasUsed === 0n) return [];
      const traces = await chain.simulation.traceBlock(block, replay(shown), cancellation);
      const entries = traces.map(
        ({ transactionHash: id, result }) => `{"transactionHash":"${id}",${jsonText(result).slice(1)}`,
      );
      return new EncodedJson(`[${entries.join(",")}]`);
    },
  }),
];

function requestOf(
  { chain, limits }: Pick<RpcNode, "chain" | "limits">,
  args: TransactionArguments,
): CallRequest {
  return callRequest(args, limits.callGasMax, chain.parameters.chainId);
}

function replay(wanted: TraceTypes): TracerRequest {
  return { kind: "parityReplay", ...wanted };
}

async function traceAccepted(
  chain: ChainView,
  transaction: Hash,
  tracer: TracerRequest,
  cancellation: Cancellation,
): Promise<EncodedJson | null> {
  const place = chain.locate(transaction);
  if (place === undefined) return null;
  const traced = await chain.simulation.traceTransaction(place.block.hash, transaction, tracer, cancellation);
  return new EncodedJson(jsonText(traced));
}

/** Blocks without transactions have no frames. */
async function addBlock(
  chain: ChainView,
  block: Hash,
  select: FrameSelection,
  list: FrameList,
  cancellation: Cancellation,
): Promise<void> {
  if (chain.header(block)?.gasUsed === 0n) return;
  const tracer = { kind: "parityFrames", select } as const;
  for (const { result } of await chain.simulation.traceBlock(block, tracer, cancellation))
    list.add(jsonText(result));
}

function checkRange(from: number, to: number, { traceBlocksMax }: RpcNode["limits"]): void {
  if (from > to) throw rpcErrors.RPC_REQUEST_REFUSED({ reason: `invalid block range: ${from} to ${to}` });
  const blocks = to - from + 1;
  if (blocks <= traceBlocksMax) return;
  const reason = `block range of ${blocks} is larger than ${traceBlocksMax}`;
  throw rpcErrors.RPC_LIMIT_EXCEEDED({ reason, count: blocks });
}
