// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {GovernorCountingStake} from "./GovernorCountingStake.sol";
import {ParameterIds, Parameters} from "./Parameters.sol";
import {IStake} from "./IStake.sol";
import {KeyRegistry} from "./KeyRegistry.sol";
import {KEY_REGISTRY, PARAMETERS, STAKING, TIMELOCK} from "./SystemAddresses.sol";

/// @title Proposals, votes by stake, execution through the timelock
/// @notice There is no administrator and no veto. docs/spec/staking.md, GOV-4 to GOV-6.
contract TrellisGovernor is
    Governor,
    GovernorCountingStake,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorTimelockControl
{
    uint256 public constant ACTIONS_MAX = 16;
    uint256 public constant CALLDATA_BYTES_MAX = 24_576;
    uint256 public constant DESCRIPTION_BYTES_MAX = 8_192;
    /// Share of the stake, in 1/10,000. Below the minimum, a few could decide; above the maximum, absentees could block
    /// everything.
    uint256 public constant QUORUM_MIN = 500;
    uint256 public constant QUORUM_MAX = 6_667;

    error FinalityNotHandedOver();
    error ProposalTooLong(uint256 got, uint256 max);
    error QuorumOutOfBounds(uint256 got, uint256 min, uint256 max);
    error TimelockIsFixed();

    /// @param quorumBasisPoints share of the stake that must vote "for" or "abstain"
    constructor(
        uint256 quorumBasisPoints
    )
        Governor("TrellisGovernor")
        GovernorVotes(IVotes(STAKING))
        GovernorVotesQuorumFraction(quorumBasisPoints)
        GovernorTimelockControl(TimelockController(payable(TIMELOCK)))
    {}

    function propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description
    ) public override returns (uint256) {
        // Before the handover, a few accounts may have all the stake.
        if (!IStake(STAKING).isHandedOver()) revert FinalityNotHandedOver();
        _demandLength(targets.length, ACTIONS_MAX);
        _demandLength(bytes(description).length, DESCRIPTION_BYTES_MAX);
        uint256 length = 0;
        for (uint256 i = 0; i < calldatas.length; ++i) length += calldatas[i].length;
        _demandLength(length, CALLDATA_BYTES_MAX);
        return super.propose(targets, values, calldatas, description);
    }

    function votingDelay() public view override returns (uint256) {
        return Parameters(PARAMETERS).get(ParameterIds.VOTING_DELAY);
    }

    function votingPeriod() public view override returns (uint256) {
        return Parameters(PARAMETERS).get(ParameterIds.VOTING_PERIOD);
    }

    function proposalThreshold() public view override returns (uint256) {
        uint256 total = token().getPastTotalSupply(clock() - 1);
        return (total * Parameters(PARAMETERS).get(ParameterIds.PROPOSAL_THRESHOLD)) / 10_000;
    }

    function quorumDenominator() public pure override returns (uint256) {
        return 10_000;
    }

    function updateTimelock(TimelockController) public pure override {
        revert TimelockIsFixed();
    }

    function state(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    function _getVotes(
        address account,
        uint256 timepoint,
        bytes memory params
    ) internal view override(Governor, GovernorVotes) returns (uint256) {
        if (params.length == 0) return super._getVotes(account, timepoint, params);
        return IStake(STAKING).getPastStake(abi.decode(params, (address)), account, timepoint);
    }

    function _validateVoteSig(
        uint256 proposalId,
        uint8 support,
        address voter,
        bytes memory signature
    ) internal override returns (bool) {
        return _neverRotated(voter) && super._validateVoteSig(proposalId, support, voter, signature);
    }

    function _validateExtendedVoteSig(
        uint256 proposalId,
        uint8 support,
        address voter,
        string memory reason,
        bytes memory params,
        bytes memory signature
    ) internal override returns (bool) {
        return
            _neverRotated(voter) &&
            super._validateExtendedVoteSig(proposalId, support, voter, reason, params, signature);
    }

    function _updateQuorumNumerator(uint256 basisPoints) internal override {
        if (basisPoints < QUORUM_MIN || basisPoints > QUORUM_MAX) {
            revert QuorumOutOfBounds(basisPoints, QUORUM_MIN, QUORUM_MAX);
        }
        super._updateQuorumNumerator(basisPoints);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    /// @dev Signatures are verified with the original key of an address, which a rotation retires permanently.
    function _neverRotated(address voter) private view returns (bool) {
        return KeyRegistry(KEY_REGISTRY).keyOf(voter) == 0;
    }

    function _demandLength(uint256 got, uint256 max) private pure {
        if (got > max) revert ProposalTooLong(got, max);
    }
}
