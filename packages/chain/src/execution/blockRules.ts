import { readEpoch } from "@trellis/contracts";
import { type Hash, type NetworkParameters, nextBaseFee, type StateReader } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { canNameByDepth, finalByDepth, namedFinal } from "../consensus/rules/finalNames.ts";
import { type CarriedVotes, type FoundVotes, findVotes } from "../finality/certificates/findVotes.ts";
import type { Epochs } from "../finality/validatorSets/Epochs.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ExecutionRules } from "./executeBlock.ts";

export interface BlockRulesPorts extends KnownBlocks {
  readonly parameters: NetworkParameters;
  readonly epochs: Epochs;
}

export interface BlockRules extends ExecutionRules {
  readonly baseFee: bigint;
  readonly votes: FoundVotes;
  finalized(): Hash;
  admitsFinalized(block: Hash): boolean;
}

/**
 * @param state state after `selectedParent`
 * @param carriers in execution order
 */
export function blockRules(
  ports: BlockRulesPorts,
  selectedParent: Hash,
  state: StateReader,
  carriers: readonly CarriedVotes[],
): BlockRules {
  const { parameters, blocks, epochs } = ports;
  const values = epochs.valuesAfter(selectedParent, state);
  const number = blocks.storedHeader(selectedParent).number + 1;
  const votes = findVotes(ports, { number, selectedParent, state }, carriers);
  return {
    gasLimit: values?.gasLimit ?? parameters.gasLimit,
    treasuryShareBasisPoints: Number(values?.treasuryShareBasisPoints ?? parameters.treasuryShareBasisPoints),
    systemCalls: votes.systemCalls,
    baseFee: baseFeeAfter(ports, selectedParent),
    votes,
    ...finalRule(ports, selectedParent, state, votes),
  };
}

/** wei per gas. `parent` must be executed. [BLOCK-10] */
export function baseFeeAfter(
  { parameters, blocks }: Pick<BlockRulesPorts, "parameters" | "blocks">,
  parent: Hash,
): bigint {
  const { header, gasLimit } = blocks.executedBlock(parent);
  return nextBaseFee(parameters, { baseFee: header.baseFee, gasUsed: header.gasUsed, gasLimit });
}

/** Gas limit per carrier. Requires the state of `parent`. [GOV-1] */
export function gasLimitAfter(
  { parameters, epochs }: Pick<BlockRulesPorts, "parameters" | "epochs">,
  states: StateStore,
  parent: Hash,
): bigint {
  return epochs.valuesAfter(parent, states.reader(parent))?.gasLimit ?? parameters.gasLimit;
}

/** [EXEC-5] */
function finalRule(
  ports: BlockRulesPorts,
  selectedParent: Hash,
  state: StateReader,
  { certificates }: FoundVotes,
): Pick<BlockRules, "finalized" | "admitsFinalized"> {
  const certified = certificates.at(-1)?.value;
  if (certified === undefined && !readEpoch(state).isHandedOver) {
    return {
      finalized: () => finalByDepth(ports, selectedParent),
      admitsFinalized: (block) => canNameByDepth(ports, selectedParent, block),
    };
  }
  const finalized = (): Hash => certified ?? namedFinal(ports, selectedParent);
  return { finalized, admitsFinalized: (block) => block === finalized() };
}
