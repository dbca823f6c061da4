import { parseAbi } from "viem";

/** The contract of governed values (GOV-1 to GOV-3). */
export const parameters = {
  address: "0x0000000000000000000000000000000000005004",
  abi: parseAbi([
    "error NotTimelock(address caller)",
    "error ParameterOutOfBounds(uint256 id, uint256 value, uint256 min, uint256 max)",
    "function bounds(uint256 id) view returns (uint256 min, uint256 max)",
    "function get(uint256 id) view returns (uint256)",
    "function set(uint256 id, uint256 value)",
    "function valueAt(uint256 id, uint256 epoch) view returns (uint256)",
  ]),
} as const;

export const treasury = {
  address: "0x0000000000000000000000000000000000005002",
  abi: parseAbi([
    "error NotTimelock(address caller)",
    "error InsufficientBalance(uint256 balance, uint256 needed)",
    "function pay(address to, uint256 amount)",
  ]),
} as const;

type Unit =
  | "gas"
  | "basis points"
  | "coins"
  | "blocks"
  | "gwei per gas"
  | "epochs"
  | "validators"
  | "seconds";

export interface Governed {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
}

/** By id (GOV-1). */
export const GOVERNED: readonly Governed[] = [
  { name: "gasLimit", title: "Gas of a carrying block", unit: "gas" },
  { name: "treasuryShareBasisPoints", title: "Treasury's share of the base fee", unit: "basis points" },
  { name: "rewardsPerEpochWei", title: "Issued each epoch", unit: "coins" },
  { name: "epochLengthBlocks", title: "Length of an epoch", unit: "blocks" },
  { name: "mempoolFloorWei", title: "Least price that is relayed", unit: "gwei per gas" },
  { name: "equivocationSlashBasisPoints", title: "Slashed for voting twice", unit: "basis points" },
  { name: "downtimeSlashBasisPoints", title: "Slashed for absence", unit: "basis points" },
  { name: "participationMinBasisPoints", title: "Least participation", unit: "basis points" },
  { name: "jailEpochs", title: "Time in jail", unit: "epochs" },
  { name: "unbondingEpochs", title: "Time of unbonding", unit: "epochs" },
  { name: "activeSetSize", title: "Validators that vote", unit: "validators" },
  { name: "selfStakeMinWei", title: "Least own stake", unit: "coins" },
  { name: "votingDelaySeconds", title: "From proposal to vote", unit: "seconds" },
  { name: "votingPeriodSeconds", title: "Time to vote", unit: "seconds" },
  { name: "timelockDelaySeconds", title: "From queue to execution", unit: "seconds" },
  { name: "proposalThresholdBasisPoints", title: "Stake to propose", unit: "basis points" },
];

/** Digits behind the point of a unit's values. */
export function decimalsOf(unit: Unit): number {
  return { coins: 18, "gwei per gas": 9 }[unit as string] ?? 0;
}
