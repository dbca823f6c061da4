import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import type { BlockReference } from "../evm/ChainView.ts";

export type FinalityRule = "finalized" | { readonly confirmations: number };

export type BlockPlace = "final" | "canonical" | "reorganised";

/** @throws NODE_BLOCK_UNKNOWN */
export async function placeOfBlock(
  client: Pick<ChainClient, "block" | "blockHash" | "name">,
  block: BlockReference,
  rule: FinalityRule,
): Promise<BlockPlace> {
  // Reads the final height first: a lower block that is canonical afterwards is final.
  const finalHeight = await finalHeightOf(client, rule);
  const hash = await client.blockHash(block.height);
  if (hash === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: client.name, height: block.height });
  if (hash.toLowerCase() !== block.hash) return "reorganised";
  return block.height <= finalHeight ? "final" : "canonical";
}

/** Negative if no block is final. */
export async function finalHeightOf(client: Pick<ChainClient, "block">, rule: FinalityRule): Promise<number> {
  if (rule === "finalized") return (await client.block("finalized"))?.height ?? -1;
  const head = await client.block("latest");
  return head === undefined ? -1 : head.height - rule.confirmations;
}
