import type { Hex } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import { type Agreement, agree, type NamedNode } from "./agree.ts";

export interface BlockView extends NamedNode {
  blockHash(height: number): Promise<Hex | undefined>;
}

/** @throws QUORUM_NOT_REACHED */
export function agreedHash(
  views: readonly BlockView[],
  { block, quorum }: { readonly block: { readonly height: number }; readonly quorum: number },
): Promise<Agreement<Hex>> {
  const ask = async (view: BlockView): Promise<Hex> => {
    const hash = await view.blockHash(block.height);
    if (hash === undefined)
      throw clientErrors.NODE_UNREACHABLE({ reason: "invalid response", node: view.name, expected: "block" });
    return hash.toLowerCase() as Hex;
  };
  return agree(views, quorum, `block hash at ${block.height}`, ask, String);
}
