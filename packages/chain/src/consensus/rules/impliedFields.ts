import type { HeaderContext } from "../ChainDag.ts";
import type { KnownBlocks } from "../KnownBlocks.ts";
import type { ImpliedFields } from "./headerInContext.ts";

export function impliedFields(
  { blocks }: Pick<KnownBlocks, "blocks">,
  { selectedParent, bits, daaScore, blueScore, blueWork }: HeaderContext,
): ImpliedFields {
  const number = blocks.storedHeader(selectedParent).number + 1;
  return { number, bits, daaScore, blueScore, blueWork };
}
