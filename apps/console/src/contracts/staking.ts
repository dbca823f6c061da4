import { parseAbi } from "viem";

export const staking = {
  address: "0x0000000000000000000000000000000000005003",
  abi: parseAbi([
    "struct Member { address validator; uint96 power; }",
    "struct ValidatorView { bytes key; uint256 commission; uint256 nextCommission; uint256 commissionEpoch; bool isCandidate; bool isJailed; bool isTombstoned; uint256 jailedUntil; }",
    "error ValidatorUnknown(address validator)",
    "function activeSet(uint256 setEpoch) view returns (Member[] members)",
    "function candidateList() view returns (address[])",
    "function epoch() view returns (uint32)",
    "function epochBounds() view returns (uint256 start, uint256 end, bool isAwaitingCertificate)",
    "function getPastStake(address validator, address delegator, uint256 timepoint) view returns (uint256)",
    "function getPastVotes(address validator, uint256 timepoint) view returns (uint256)",
    "function issuance() view returns (uint256)",
    "function participation(uint256 setEpoch) view returns (uint256 certificates, uint256[] signed)",
    "function poolOf(address validator) view returns (uint256 tokens, uint256 shares)",
    "function rewardsOf(address validator, address delegator) view returns (uint256)",
    "function stakeOf(address validator, address delegator) view returns (uint256)",
    "function totalStake() view returns (uint256)",
    "function validatorOf(address validator) view returns (ValidatorView)",
  ]),
} as const;
