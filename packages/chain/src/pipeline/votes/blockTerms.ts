import { readEpoch } from "@trellis/contracts";
import { type Hash, nextBaseFee, type StateReader } from "@trellis/protocol";
import type { ExecutionTerms } from "../../execution/executeBlock.ts";
import type { Stages } from "../Stages.ts";
import { canNameByDepth, finalByDepth, namedFinal } from "./finalNames.ts";
import { type CarriedVotes, type FoundVotes, findVotes } from "./findVotes.ts";

type TermStages = Pick<Stages, "options" | "blocks" | "chainDag" | "epochs">;

/** What the state of its selected parent asks of a chain block, and what the votes that it carries make of it. */
export interface BlockTerms extends ExecutionTerms {
  /** wei per gas */
  readonly baseFee: bigint;
  readonly votes: FoundVotes;
  /** What it names as final, or a miner that can choose does. */
  finalized(): Hash;
  /** Whether it may name this block as final. */
  admitsFinalized(block: Hash): boolean;
}

/**
 * @param state after `selectedParent`
 * @param carriers what they carry about finality, in their order
 */
export function blockTerms(
  stages: TermStages,
  selectedParent: Hash,
  state: StateReader,
  carriers: readonly CarriedVotes[],
): BlockTerms {
  const { parameters } = stages.options;
  const values = stages.epochs.valuesAfter(selectedParent, state);
  const number = stages.blocks.storedHeader(selectedParent).number + 1;
  const votes = findVotes(stages, selectedParent, state, number, carriers);
  return {
    gasLimit: values?.gasLimit ?? parameters.gasLimit,
    treasuryShareBasisPoints: Number(values?.treasuryShareBasisPoints ?? parameters.treasuryShareBasisPoints),
    systemCalls: votes.systemCalls,
    baseFee: baseFeeAfter(stages, selectedParent),
    votes,
    ...finalRule(stages, selectedParent, state, votes),
  };
}

/** The base fee of a block on `parent`, which was executed. wei per gas [BLOCK-10] */
export function baseFeeAfter({ options, blocks }: Pick<Stages, "options" | "blocks">, parent: Hash): bigint {
  const { header, gasLimit } = blocks.executedBlock(parent);
  return nextBaseFee(options.parameters, { baseFee: header.baseFee, gasUsed: header.gasUsed, gasLimit });
}

/** What one block on `parent`, whose state is kept, may use: the network's, or as governance has it. [GOV-1] */
export function gasLimitAfter(
  { options, epochs, states }: Pick<Stages, "options" | "epochs" | "states">,
  parent: Hash,
): bigint {
  return epochs.valuesAfter(parent, states.reader(parent))?.gasLimit ?? options.parameters.gasLimit;
}

/** What the newest certificate says; without one what was said before, or depth until the handover. [EXEC-5] */
function finalRule(
  stages: TermStages,
  selectedParent: Hash,
  state: StateReader,
  { certificates }: FoundVotes,
): Pick<BlockTerms, "finalized" | "admitsFinalized"> {
  const certified = certificates.at(-1)?.value;
  if (certified === undefined && !readEpoch(state).isHandedOver) {
    return {
      finalized: () => finalByDepth(stages, selectedParent),
      admitsFinalized: (block) => canNameByDepth(stages, selectedParent, block),
    };
  }
  const finalized = (): Hash => certified ?? namedFinal(stages, selectedParent);
  return { finalized, admitsFinalized: (block) => block === finalized() };
}
