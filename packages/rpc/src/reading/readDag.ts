import type { EncodedJson } from "@trellis/protocol";
import { encodeDagBlock } from "../encoding/dagBlock.ts";
import { rpcErrors } from "../errors.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcNode } from "../RpcNode.ts";
import { AnswerList } from "./AnswerList.ts";

const BLOCKS_MAX = 1_000;

/** Blocks by blue score; those that arrive during pauses may be missing. */
export async function readDag(
  { chain, limits }: Pick<RpcNode, "chain" | "limits">,
  from: number,
  to: number,
  pacing: Pacing,
): Promise<EncodedJson> {
  if (from > to) throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "invalid blue score range params" });
  const found = new AnswerList(limits);
  for (const { hash } of chain.dagRange(from, to, BLOCKS_MAX)) {
    const block = chain.dagBlock(hash);
    // Undefined if pruned during a pause.
    if (block !== undefined) found.add(encodeDagBlock(block));
    if (pacing.isDue) await pacing.pause();
  }
  return found.toJson();
}
