import type { ImpliedFields } from "../intake/headerInContext.ts";
import type { DagPlace } from "./ChainDag.ts";
import type { Stages } from "./Stages.ts";

/** The header fields that follow from where a block stands. [EXEC-4] */
export function impliedFields(
  { blocks }: Pick<Stages, "blocks">,
  { selectedParent, bits, daaScore, blueScore, blueWork }: DagPlace,
): ImpliedFields {
  const number = blocks.storedHeader(selectedParent).number + 1;
  return { number, bits, daaScore, blueScore, blueWork };
}
