import type { MiningService, WorkRequest } from "@trellis/protocol";
import { malformed } from "../decoding/Decoder.ts";
import { address, index } from "../decoding/hex.ts";
import { rpcErrors } from "../errors.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session } from "../Session.ts";

const TEMPLATE_METHOD = "trellis_getBlockTemplate";

/** @throws RPC_METHOD_UNKNOWN, RPC_REQUEST_REFUSED */
export function miningOf({ mining, methods }: RpcNode, { caller }: Session): MiningService {
  if (!methods.has(TEMPLATE_METHOD) || caller?.mayCall(TEMPLATE_METHOD) === false)
    throw rpcErrors.RPC_METHOD_UNKNOWN({ method: TEMPLATE_METHOD, reason: "it needs the role mining" });
  if (mining === undefined) throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "this node offers no templates" });
  return mining;
}

/** A stream is given by its name or its index. */
export function workRequestOf(
  { chain }: Pick<RpcNode, "chain">,
  stream: unknown,
  miner: unknown,
): WorkRequest {
  const { streams } = chain.parameters;
  const named = streams.findIndex(({ name }) => name === stream);
  const at =
    named >= 0 ? named : typeof stream === "string" && stream.startsWith("0x") ? index.decode(stream) : -1;
  if (streams[at] === undefined) malformed(`stream is one of ${streams.map(({ name }) => name).join(", ")}`);
  return { stream: at, miner: address.decode(miner) };
}
