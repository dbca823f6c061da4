import { parseAbi } from "viem";

/** The used subset of TrellisGovernor (docs/spec/staking.md, GOV-4 to GOV-6). */
export const governor = {
  address: "0x0000000000000000000000000000000000005005",
  abi: parseAbi([
    "error FailedCall()",
    "error FinalityNotHandedOver()",
    "error GovernorAlreadyCastVote(address voter)",
    "error GovernorInsufficientProposerVotes(address proposer, uint256 votes, uint256 threshold)",
    "error GovernorInvalidProposalLength(uint256 targets, uint256 calldatas, uint256 values)",
    "error GovernorNonexistentProposal(uint256 proposalId)",
    "error GovernorRestrictedProposer(address proposer)",
    "error GovernorUnableToCancel(uint256 proposalId, address account)",
    "error GovernorUnexpectedProposalState(uint256 proposalId, uint8 current, bytes32 expectedStates)",
    "error NoVotingPower(address voter)",
    "error ProposalTooLong(uint256 got, uint256 max)",
    "event ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)",
    "event ProposalQueued(uint256 proposalId, uint256 etaSeconds)",
    "event ProposalExecuted(uint256 proposalId)",
    "event ProposalCanceled(uint256 proposalId)",
    "event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)",
    "event VoteCastWithParams(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason, bytes params)",
    "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)",
    "function castVoteWithReason(uint256 proposalId, uint8 support, string reason) returns (uint256)",
    "function castVoteWithReasonAndParams(uint256 proposalId, uint8 support, string reason, bytes params) returns (uint256)",
    "function queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)",
    "function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) payable returns (uint256)",
    "function cancel(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)",
    "function state(uint256 proposalId) view returns (uint8)",
    "function proposalVotes(uint256 proposalId) view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)",
    "function proposalEta(uint256 proposalId) view returns (uint256)",
    "function quorum(uint256 timepoint) view returns (uint256)",
    "function quorumNumerator() view returns (uint256)",
  ]),
} as const;

export const timelock = {
  address: "0x0000000000000000000000000000000000005006",
  abi: parseAbi([
    "error TimelockUnexpectedOperationState(bytes32 operationId, bytes32 expectedStates)",
    "error TimelockInsufficientDelay(uint256 delay, uint256 minDelay)",
  ]),
} as const;
