import { type GovernedValues, readEpoch } from "@trellis/contracts";
import { type Hash, type NetworkParameters, nextBaseFee, type StateReader } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { canNameByDepth, finalByDepth, namedFinal } from "../consensus/rules/finalNames.ts";
import { type CarriedVotes, type FoundVotes, findVotes } from "../finality/certificates/findVotes.ts";
import type { Epochs } from "../finality/validatorSets/Epochs.ts";
import type { AnchoredStates } from "../shards/AnchoredStates.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ExecutionRules } from "./executeBlock.ts";

export interface BlockRulesPorts extends KnownBlocks {
  readonly parameters: NetworkParameters;
  readonly epochs: Epochs;
  /** In networks with several shards. */
  readonly anchored?: AnchoredStates | undefined;
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
  const { parameters, blocks } = ports;
  const values = governedAfter(ports, selectedParent, state);
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
export function gasLimitAfter(ports: GovernedPorts, states: StateStore, parent: Hash): bigint {
  return governedAfter(ports, parent, states.reader(parent))?.gasLimit ?? ports.parameters.gasLimit;
}

type GovernedPorts = Pick<BlockRulesPorts, "parameters" | "blocks" | "epochs" | "anchored">;

/** Outside shard 0, values are those of shard 0's state at the anchor. [GOV-3] [SHARD-14.5] */
export function governedAfter(
  { parameters, blocks, epochs, anchored }: GovernedPorts,
  parent: Hash,
  state: StateReader,
): GovernedValues | undefined {
  if (parameters.sharding === undefined) return epochs.valuesAfter(parent, state);
  const { shard, anchor } = blocks.storedHeader(parent);
  if (shard === 0) return epochs.valuesAfter(parent, state);
  return anchor && anchored?.at(anchor)?.values;
}

/** [EXEC-5] */
function finalRule(
  ports: BlockRulesPorts,
  selectedParent: Hash,
  state: StateReader,
  { certificates }: FoundVotes,
): Pick<BlockRules, "finalized" | "admitsFinalized"> {
  // Verified in context. [SHARD-14.3]
  if (ports.blocks.storedHeader(selectedParent).shard > 0)
    return { finalized: () => namedFinal(ports, selectedParent), admitsFinalized: () => true };
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
