import type { Hash, Header } from "@trellis/protocol";
import { verifyTimestamp } from "../difficulty/index.ts";
import { intakeErrors } from "../intake/errors.ts";
import { verifyHeaderInContext } from "../intake/headerInContext.ts";
import type { DagPlace } from "./ChainDag.ts";
import { impliedFields } from "./impliedFields.ts";
import type { Stages } from "./Stages.ts";

type ContextStages = Pick<Stages, "blocks" | "chainDag" | "options">;

/** What the block's past can tell of its header, and where the block will stand. [EXEC-3] [EXEC-4] [EXEC-5] */
export function checkInContext(stages: ContextStages, header: Header): DagPlace {
  const { chainDag } = stages;
  const { dag } = chainDag;
  for (const parent of header.parents) if (!dag.has(parent)) throw intakeErrors.PARENT_UNKNOWN({ parent });
  const place = chainDag.place(header);
  dag.verify(place.placement);
  if (place.selectedParent !== header.parents[0]) {
    throw intakeErrors.SELECTED_PARENT_NOT_FIRST({
      got: header.parents[0],
      expected: place.selectedParent,
    });
  }
  verifyTimestamp(header.timestampMs, place.medianTimeMs);
  verifyHeaderInContext(header, impliedFields(stages, place));
  checkFinalized(stages, header.finalized, place.selectedParent);
  return place;
}

/** From the selected parent's to what depth makes final on it: nobody can force others to a newer one. [EXEC-5] */
function checkFinalized({ blocks, chainDag }: ContextStages, finalized: Hash, selectedParent: Hash): void {
  const { dag } = chainDag;
  const { number, finalized: oldest } = blocks.storedHeader(selectedParent);
  const newest = chainDag.finalPoint(selectedParent);
  const isFinal = dag.has(finalized) && dag.isChainAncestor(finalized, newest);
  if (isFinal && (number === 0 || dag.isChainAncestor(oldest, finalized))) return;
  throw intakeErrors.FINALIZED_NOT_ON_CHAIN({ finalized, selectedParent, oldest, newest });
}
