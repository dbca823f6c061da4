/**
 * What governance may change, in the order of the ids of Parameters.sol, which is the order of its storage. A name
 * keeps its place forever; new ones go behind. [GOV-1]
 */
export const GOVERNED = [
  "gasLimit",
  "treasuryShareBasisPoints",
  "rewardsPerEpochWei",
  "epochLengthBlocks",
  "mempoolFloorWei",
  "equivocationSlashBasisPoints",
  "downtimeSlashBasisPoints",
  "participationMinBasisPoints",
  "jailEpochs",
  "unbondingEpochs",
  "activeSetSize",
  "selfStakeMinWei",
  "votingDelaySeconds",
  "votingPeriodSeconds",
  "timelockDelaySeconds",
  "proposalThresholdBasisPoints",
] as const;

export type Governed = (typeof GOVERNED)[number];

export type GovernedValues = Readonly<Record<Governed, bigint>>;
