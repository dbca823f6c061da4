import { LruMap } from "@trellis/base";
import { type GovernedValues, readEpoch, readParameters, STAKING_ADDRESS } from "@trellis/contracts";
import type { Hash, NetworkParameters, StateReader, VoteDomain } from "@trellis/protocol";
import type { Voter } from "../../consensus/rules/AnchoredState.ts";
import { readVoters } from "../../shards/readVoters.ts";
import { ValidatorSet, type VoteSignatures } from "./ValidatorSet.ts";

export interface Voters {
  readonly set: ValidatorSet;
  readonly members: readonly Voter[];
  readonly verified: LruMap<Hash, boolean>;
}

interface Epoch {
  readonly epoch: number;
  readonly values: GovernedValues;
  readonly voters: Map<number, Voters>;
}

const BLOCKS_MAX = 4_096;
const VERIFIED_MAX = 256;

/** [STAKE-13] [GOV-3] */
export class Epochs {
  readonly #domain: VoteDomain;
  readonly #hasStaking: boolean;
  readonly #selectedParent: (block: Hash) => Hash | undefined;
  readonly #signatures: VoteSignatures | undefined;
  readonly #domainOf: ((shard: number) => VoteDomain | undefined) | undefined;
  readonly #ofBlocks = new LruMap<Hash, Epoch>(BLOCKS_MAX);

  constructor(
    { chainId, genesis }: NetworkParameters,
    genesisHash: Hash,
    selectedParent: (block: Hash) => Hash | undefined,
    signatures?: VoteSignatures,
    domainOf?: (shard: number) => VoteDomain | undefined,
  ) {
    this.#domainOf = domainOf;
    this.#domain = { chainId, genesisHash };
    this.#hasStaking = genesis.accounts.some(({ address }) => address === STAKING_ADDRESS);
    this.#selectedParent = selectedParent;
    this.#signatures = signatures;
  }

  get hasStaking(): boolean {
    return this.#hasStaking;
  }

  /** @returns undefined without staking contracts */
  valuesAfter(block: Hash, state: StateReader): GovernedValues | undefined {
    return this.#hasStaking ? this.#after(block, state).values : undefined;
  }

  epochAfter(block: Hash, state: StateReader): number {
    return this.#hasStaking ? this.#after(block, state).epoch : 0;
  }

  /**
   * @param epoch default: epoch of the state
   * @returns undefined if the epoch has no voters
   */
  votersAfter(block: Hash, state: StateReader, epoch?: number): Voters | undefined {
    if (!this.#hasStaking) return undefined;
    const known = this.#after(block, state);
    const asked = epoch ?? known.epoch;
    let voters = known.voters.get(asked);
    if (voters === undefined) {
      voters = votersOf(this.#domain, asked, readVoters(state, asked), this.#signatures, this.#domainOf);
      // Sets of later epochs may still change.
      if (asked <= known.epoch) known.voters.set(asked, voters);
    }
    return voters.members.length > 0 ? voters : undefined;
  }

  #after(block: Hash, state: StateReader): Epoch {
    const known = this.#ofBlocks.get(block);
    if (known !== undefined) return known;
    const { epoch } = readEpoch(state);
    const parent = this.#selectedParent(block);
    const before = parent === undefined ? undefined : this.#ofBlocks.get(parent);
    const after =
      before?.epoch === epoch
        ? before
        : { epoch, values: readParameters(state, epoch)!, voters: new Map(before?.voters) };
    this.#ofBlocks.set(block, after);
    return after;
  }
}

export function votersOf(
  domain: VoteDomain,
  epoch: number,
  members: readonly Voter[],
  signatures?: VoteSignatures,
  domainOf?: (shard: number) => VoteDomain | undefined,
): Voters {
  const set = new ValidatorSet(domain, epoch, members, signatures, domainOf);
  return { set, members, verified: new LruMap(VERIFIED_MAX) };
}
