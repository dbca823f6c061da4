import { encodeDagBlock } from "../encoding/dagBlock.ts";
import { rpcErrors } from "../errors.ts";
import { Pacer } from "../guards/Pacer.ts";
import type { RpcNode } from "../RpcNode.ts";
import { AnswerSize } from "./AnswerSize.ts";

const BLOCKS_MAX = 1_000;

/**
 * Blocks with a blue score in a range, lowest first; each as the DAG stands when it is read. Other work goes on in
 * between.
 * @throws RPC_PARAMETERS_INVALID, RPC_RESPONSE_TOO_LARGE, RPC_CALL_TIMED_OUT
 */
export async function readDag(
  { chain, clock, scheduler, limits }: Pick<RpcNode, "chain" | "clock" | "scheduler" | "limits">,
  from: number,
  to: number,
): Promise<object[]> {
  if (from > to) throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "invalid blue score range params" });
  const pacer = new Pacer(clock, scheduler, limits.callTimeMs);
  const size = new AnswerSize(limits);
  const found: object[] = [];
  for (const { hash } of chain.dagRange(from, to, BLOCKS_MAX)) {
    const block = chain.dagBlock(hash);
    // None when it was thrown away during a pause.
    if (block !== undefined) found.push(size.counted(encodeDagBlock(block)));
    if (pacer.isDue) await pacer.pause();
  }
  return found;
}
