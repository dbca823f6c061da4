import type { ContractFunctionRevertedError } from "viem";
import { formatEther } from "viem";
import { trellisErrors } from "../../errors.ts";

/** Violated rules of docs/spec/staking.md, by the contract's error. */
const RULES: Readonly<Record<string, string>> = {
  AlreadyCandidate: "the validator is already a candidate (STAKE-3)",
  CandidatesFull:
    "all 256 candidate slots are taken, and the pool is not larger than the smallest candidate's (STAKE-3)",
  CommissionStepTooGreat: "a commission changes by at most 500 basis points at once (STAKE-4)",
  CommissionTooHigh: "a commission is at most 10,000 basis points (STAKE-4)",
  KeyNotProven: "the proof of possession does not verify for this key and account (STAKE-2)",
  KeyTaken: "a key registers once, for one account (STAKE-2)",
  NothingStaked: "the stake or its shares are worth nothing (STAKE-5)",
  NothingToClaim: "there are no rewards to claim (STAKE-9)",
  NothingUnbonding: "no unbonding stake for that epoch (STAKE-6)",
  NotJailed: "only a jailed validator can unjail (STAKE-16)",
  SelfStakeTooLow: "the own stake is below the network's minimum, selfStakeMinWei (STAKE-3)",
  SharesInsufficient: "the account owns fewer shares than it would unbond (STAKE-6)",
  UnbondingNotOver: "unbonding stake can be withdrawn from the epoch in the facts (STAKE-6)",
  ValidatorJailed: "a jailed validator can unjail from the epoch in the facts (STAKE-16)",
  ValidatorRegisteredAlready: "an account registers once (STAKE-2)",
  ValidatorTombstoned: "a validator that signed two votes is excluded permanently (STAKE-17)",
  ValidatorUnknown: "the account is not registered as a validator (STAKE-2)",
};

const OF_WEI: ReadonlySet<string> = new Set(["SelfStakeTooLow", "CandidatesFull"]);

/** For example "got 50 coins, min 1000 coins". */
export function stakingRefusal({ data, shortMessage }: ContractFunctionRevertedError): Error {
  const { errorName = "", abiItem, args = [] } = data ?? {};
  const inputs = abiItem !== undefined && "inputs" in abiItem ? abiItem.inputs : [];
  const shown = (value: unknown): string =>
    OF_WEI.has(errorName) && typeof value === "bigint" ? `${formatEther(value)} coins` : String(value);
  return trellisErrors.STAKING_REFUSED({
    reason: errorName === "" ? shortMessage : errorName,
    rule: RULES[errorName],
    values: args.map((value, index) => `${inputs[index]?.name ?? ""} ${shown(value)}`.trim()).join(", "),
  });
}
