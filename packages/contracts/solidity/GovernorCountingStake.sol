// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";

/// @title Counts votes by stake
/// @notice A vote without params is a validator's, with its pool minus the stake of delegators that voted themselves. A
/// vote with `params = abi.encode(validator)` is a delegator's, with its own stake in that validator's pool. If the
/// validator has already voted, this stake is deducted from its vote. docs/spec/staking.md, GOV-5.
abstract contract GovernorCountingStake is Governor {
    enum VoteType {
        Against,
        For,
        Abstain
    }

    struct PoolVote {
        /// Vote type plus one; 0 before the validator votes.
        uint8 cast;
        /// Stake of delegators that voted before the validator.
        uint248 taken;
        mapping(address delegator => bool) hasVoted;
    }

    struct Tally {
        uint256[3] votes;
        mapping(address validator => PoolVote) pools;
    }

    mapping(uint256 proposalId => Tally) private tallies;

    error NoVotingPower(address voter);

    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() public pure override returns (string memory) {
        return "support=bravo&quorum=for,abstain&params=validator";
    }

    function hasVoted(uint256 proposalId, address account) public view override returns (bool) {
        return tallies[proposalId].pools[account].cast != 0;
    }

    function hasVotedOwnStake(uint256 proposalId, address validator, address delegator) public view returns (bool) {
        return tallies[proposalId].pools[validator].hasVoted[delegator];
    }

    function proposalVotes(
        uint256 proposalId
    ) public view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes) {
        uint256[3] storage votes = tallies[proposalId].votes;
        return (votes[0], votes[1], votes[2]);
    }

    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        uint256[3] storage votes = tallies[proposalId].votes;
        uint256 present = votes[uint8(VoteType.For)] + votes[uint8(VoteType.Abstain)];
        return quorum(proposalSnapshot(proposalId)) <= present;
    }

    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        uint256[3] storage votes = tallies[proposalId].votes;
        return votes[uint8(VoteType.For)] > votes[uint8(VoteType.Against)];
    }

    function _countVote(
        uint256 proposalId,
        address account,
        uint8 support,
        uint256 weight,
        bytes memory params
    ) internal override returns (uint256) {
        if (support > uint8(VoteType.Abstain)) revert GovernorInvalidVoteType();
        if (weight == 0) revert NoVotingPower(account);
        Tally storage tally = tallies[proposalId];
        if (params.length == 0) {
            PoolVote storage pool = tally.pools[account];
            if (pool.cast != 0) revert GovernorAlreadyCastVote(account);
            pool.cast = support + 1;
            weight -= pool.taken;
        } else {
            PoolVote storage pool = tally.pools[abi.decode(params, (address))];
            if (pool.hasVoted[account]) revert GovernorAlreadyCastVote(account);
            pool.hasVoted[account] = true;
            if (pool.cast == 0) pool.taken += uint248(weight);
            else tally.votes[pool.cast - 1] -= weight;
        }
        tally.votes[support] += weight;
        return weight;
    }
}
