import { readEpoch } from "@trellis/contracts";
import type { Hash } from "@trellis/protocol";
import type { Stages } from "./Stages.ts";
import { namedFinal } from "./votes/finalNames.ts";

/** Up to where a node that begins lets its chain become final: what others have, too. [SYNC-29] */
export interface FinalLimit {
  newest: Hash | undefined;
}

/**
 * What a sink makes final: what it names where finality is handed over in its state, and what depth makes final before.
 * What it names was verified when it was executed. [EXEC-18]
 */
export function pointUnder(stages: Stages, sink: Hash): Hash {
  const { isHandedOver } = readEpoch(stages.states.reader(sink));
  return isHandedOver ? namedFinal(stages, sink) : stages.chainDag.finalPoint(sink);
}

/** Whether validators that are known by what is final here say what is final next: then nobody else can. */
export function isVoteCertain({ states }: Pick<Stages, "states">): boolean {
  return readEpoch(states.reader(states.baseHash)).isHandedOver;
}

/** Whether a block of the DAG may become final as far as the limit goes. */
export function allowsFinal(stages: Stages, block: Hash): boolean {
  const { newest } = stages.finalLimit;
  if (newest === undefined || isVoteCertain(stages)) return true;
  const { dag } = stages.chainDag;
  return dag.has(newest) && dag.isChainAncestor(block, newest);
}
