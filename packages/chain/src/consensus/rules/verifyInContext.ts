import type { Hash, Header, NetworkParameters } from "@trellis/protocol";
import type { HeaderContext } from "../ChainDag.ts";
import { verifyTimestamp } from "../difficulty/index.ts";
import { ruleErrors } from "../errors.ts";
import type { KnownBlocks } from "../KnownBlocks.ts";
import { type AnchoredBlocks, verifyNamedAnchor, verifyRecordedFinal } from "./anchor.ts";
import { canNameFinal, namedFinal } from "./finalNames.ts";
import { verifyHeaderInContext } from "./headerInContext.ts";
import { impliedFields } from "./impliedFields.ts";
import { pastMargin } from "./pastDepths.ts";

/** [EXEC-3] [EXEC-4] [EXEC-5] [SHARD-14.2] [SHARD-14.3] @param base block of the oldest stored state */
export function verifyInContext(
  known: AnchoredBlocks,
  parameters: NetworkParameters,
  base: Hash,
  header: Header,
): HeaderContext {
  const { chainDag } = known;
  const { dag } = chainDag;
  for (const parent of header.parents) if (!dag.has(parent)) throw ruleErrors.PARENT_UNKNOWN({ parent });
  checkAbovePruned(known, parameters, base, header);
  const context = chainDag.contextOf(header);
  dag.verify(context.row);
  if (context.selectedParent !== header.parents[0]) {
    throw ruleErrors.BLOCK_INVALID({
      reason: "selected parent not first",
      got: header.parents[0],
      expected: context.selectedParent,
    });
  }
  verifyTimestamp(header.timestampMs, context.medianTimeMs);
  verifyHeaderInContext(header, impliedFields(known, context));
  checkFinalized(known, header.finalized, context.selectedParent);
  verifyNamedAnchor(known, header, context.selectedParent);
  verifyRecordedFinal(known, header);
  return context;
}

/**
 * Near the pruning point, pruned nodes lack ancestors that determine difficulty, time and finality. Archives
 * refuse such blocks too, because nothing can merge them. [STORE-PRUNE-3]
 */
function checkAbovePruned(
  { chainDag }: KnownBlocks,
  parameters: NetworkParameters,
  base: Hash,
  { parents }: Header,
): void {
  const { dag } = chainDag;
  const point = dag.pruningPoint(base) ?? chainDag.oldest;
  const pointScore = dag.blueScore(point);
  // Genesis is still the pruning point.
  if (pointScore === 0) return;
  const blueScoreMin = pointScore + pastMargin(parameters);
  const selectedParent = parents.reduce((a, b) => (dag.compare(a, b) < 0 ? b : a));
  const blueScore = dag.blueScore(selectedParent);
  if (blueScore >= blueScoreMin && dag.isChainAncestor(point, selectedParent)) return;
  throw ruleErrors.PAST_PRUNED({ selectedParent, blueScore, blueScoreMin });
}

function checkFinalized(known: KnownBlocks, finalized: Hash, selectedParent: Hash): void {
  if (canNameFinal(known, selectedParent, finalized)) return;
  const named = namedFinal(known, selectedParent);
  throw ruleErrors.BLOCK_INVALID({
    reason: "finalized block not on the chain, or older than the selected parent's",
    finalized,
    selectedParent,
    named,
  });
}
