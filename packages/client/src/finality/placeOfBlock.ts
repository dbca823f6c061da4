import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import type { BlockReference } from "../evm/ChainView.ts";

/** When a block counts as final: by the chain's own tag, or under so many blocks. */
export type FinalityRule = "finalized" | { readonly confirmations: number };

export type BlockPlace = "final" | "canonical" | "reorganised";

/**
 * Where a block stands now.
 * @throws NODE_BLOCK_UNKNOWN while the node has no block at its height: it lags behind
 */
export async function placeOfBlock(
  client: Pick<ChainClient, "block" | "blockHash" | "name">,
  block: BlockReference,
  rule: FinalityRule,
): Promise<BlockPlace> {
  // The height of what is final comes first: what is canonical below it afterwards is final.
  const finalHeight = await finalHeightOf(client, rule);
  const hash = await client.blockHash(block.height);
  if (hash === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: client.name, height: block.height });
  if (hash.toLowerCase() !== block.hash) return "reorganised";
  return block.height <= finalHeight ? "final" : "canonical";
}

/** The height up to which blocks are final; -1 when none is. */
export async function finalHeightOf(client: Pick<ChainClient, "block">, rule: FinalityRule): Promise<number> {
  if (rule === "finalized") return (await client.block("finalized"))?.height ?? -1;
  const head = await client.block("latest");
  return head === undefined ? -1 : head.height - rule.confirmations;
}
