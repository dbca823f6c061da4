import { readEpoch } from "@trellis/contracts";
import { type Hash, type NetworkParameters, nextBaseFee, type StateReader } from "@trellis/protocol";
import { canNameByDepth, finalByDepth, namedFinal } from "../consensus/forkChoice/finalNames.ts";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { type CarriedVotes, type FoundVotes, findVotes } from "../finality/certificates/findVotes.ts";
import type { Epochs } from "../finality/validatorSets/Epochs.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ExecutionTerms } from "./executeBlock.ts";

export interface BlockTermsPorts extends KnownBlocks {
  readonly parameters: NetworkParameters;
  readonly epochs: Epochs;
}

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
  ports: BlockTermsPorts,
  selectedParent: Hash,
  state: StateReader,
  carriers: readonly CarriedVotes[],
): BlockTerms {
  const { parameters, blocks, epochs } = ports;
  const values = epochs.valuesAfter(selectedParent, state);
  const number = blocks.storedHeader(selectedParent).number + 1;
  const votes = findVotes(ports, epochs, selectedParent, state, number, carriers);
  return {
    gasLimit: values?.gasLimit ?? parameters.gasLimit,
    treasuryShareBasisPoints: Number(values?.treasuryShareBasisPoints ?? parameters.treasuryShareBasisPoints),
    systemCalls: votes.systemCalls,
    baseFee: baseFeeAfter(ports, selectedParent),
    votes,
    ...finalRule(ports, selectedParent, state, votes),
  };
}

/** The base fee of a block on `parent`, which was executed. wei per gas [BLOCK-10] */
export function baseFeeAfter(
  { parameters, blocks }: Pick<BlockTermsPorts, "parameters" | "blocks">,
  parent: Hash,
): bigint {
  const { header, gasLimit } = blocks.executedBlock(parent);
  return nextBaseFee(parameters, { baseFee: header.baseFee, gasUsed: header.gasUsed, gasLimit });
}

/** What one block on `parent`, whose state is kept, may use: the network's, or as governance has it. [GOV-1] */
export function gasLimitAfter(
  { parameters, epochs }: Pick<BlockTermsPorts, "parameters" | "epochs">,
  states: StateStore,
  parent: Hash,
): bigint {
  return epochs.valuesAfter(parent, states.reader(parent))?.gasLimit ?? parameters.gasLimit;
}

/** What the newest certificate says; without one what was said before, or depth until the handover. [EXEC-5] */
function finalRule(
  ports: BlockTermsPorts,
  selectedParent: Hash,
  state: StateReader,
  { certificates }: FoundVotes,
): Pick<BlockTerms, "finalized" | "admitsFinalized"> {
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
