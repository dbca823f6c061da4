import type { Address, NetworkParameters } from "@trellis/protocol";
import { GOVERNED, type GovernedValues } from "../governance/governed.ts";

/** A validator of the first set. */
export interface GenesisValidator {
  /** Whose stake it is, and who speaks for it. */
  readonly address: Address;
  /** BLS12-381, 48 bytes. */
  readonly key: Uint8Array;
  /** `blsProvePossession(secret, address)`, 96 bytes. */
  readonly proof: Uint8Array;
  readonly stakeWei: bigint;
  readonly commissionBasisPoints: number;
}

/** What the contracts of staking and governance begin with. */
export interface StakingGenesis {
  readonly validators: readonly GenesisValidator[];
  /** In place of the defaults of `governedAtGenesis`. */
  readonly values?: Partial<GovernedValues>;
  /** Of the stake that must vote for or abstain. 1/10,000 */
  readonly quorumBasisPoints?: number;
  /** The shortest voting delay, voting period and timelock, forever. */
  readonly timeFloorSeconds?: number;
}

const COIN = 10n ** 18n;
const DAY_SECONDS = 86_400;
const QUORUM_DEFAULT_BASIS_POINTS = 3_334;

/** A third, so that who could stop finality is who could stop a decision. */
export function quorumAtGenesis({ quorumBasisPoints = QUORUM_DEFAULT_BASIS_POINTS }: StakingGenesis): bigint {
  return BigInt(quorumBasisPoints);
}

/** A day, so that no decision is made and executed while people sleep. */
export function timeFloorAtGenesis({ timeFloorSeconds = DAY_SECONDS }: StakingGenesis): bigint {
  return BigInt(timeFloorSeconds);
}

/** The values that governance starts from, by id. [GOV-2] */
export function governedAtGenesis(network: NetworkParameters, staking: StakingGenesis): readonly bigint[] {
  const timeFloor = timeFloorAtGenesis(staking);
  const values: GovernedValues = {
    gasLimit: network.gasLimit,
    treasuryShareBasisPoints: BigInt(network.treasuryShareBasisPoints),
    // Half a day at a chain block a second; a tenth of what miners earn in it.
    rewardsPerEpochWei: 8_640n * COIN,
    epochLengthBlocks: 43_200n,
    mempoolFloorWei: network.baseFeeMin,
    equivocationSlashBasisPoints: 500n,
    downtimeSlashBasisPoints: 1n,
    // A certificate closes with two thirds: who is merely slow is missing from many, who is down from all.
    participationMinBasisPoints: 1_000n,
    jailEpochs: 2n,
    // Two weeks: the subjectivity period of light clients.
    unbondingEpochs: 28n,
    activeSetSize: 64n,
    selfStakeMinWei: 1_000n * COIN,
    votingDelaySeconds: timeFloor,
    votingPeriodSeconds: 7n * timeFloor,
    timelockDelaySeconds: 2n * timeFloor,
    proposalThresholdBasisPoints: 50n,
    ...staking.values,
  };
  return GOVERNED.map((name) => values[name]);
}
