import { type Hash, nextBaseFee } from "@trellis/protocol";
import type { ImpliedFields } from "../intake/headerInContext.ts";
import type { DagPlace } from "./ChainDag.ts";
import type { Stages } from "./Stages.ts";

/** The header fields that follow from where a block stands. */
export function impliedFields(
  stages: Pick<Stages, "blocks" | "chainDag" | "options">,
  { selectedParent, bits, daaScore, blueScore, blueWork }: DagPlace,
): ImpliedFields {
  return {
    number: stages.blocks.storedHeader(selectedParent).number + 1,
    bits,
    daaScore,
    blueScore,
    blueWork,
    baseFee: baseFeeAfter(stages, selectedParent),
  };
}

/** The base fee of a block on `parent`. wei per gas [BLOCK-10] */
export function baseFeeAfter(
  { options, blocks, chainDag }: Pick<Stages, "blocks" | "chainDag" | "options">,
  parent: Hash,
): bigint {
  const { baseFee, gasUsed } = blocks.storedHeader(parent);
  const gasLimit = options.parameters.gasLimit * BigInt(chainDag.carrierCount(parent));
  return nextBaseFee(options.parameters, { baseFee, gasUsed, gasLimit });
}
