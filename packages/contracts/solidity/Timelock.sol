// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ParameterIds, Parameters} from "./Parameters.sol";
import {GOVERNOR, PARAMETERS} from "./SystemAddresses.sol";

/// @title Executes accepted proposals after a delay, in which those who disagree can leave
/// @notice Only the Governor proposes and cancels, anyone executes, and there is no administrator.
/// docs/spec/staking.md, GOV-6.
contract Timelock is TimelockController {
    error DelayIsParameter();
    error RolesAreFixed();

    constructor() TimelockController(0, _only(GOVERNOR), _only(address(0)), address(0)) {}

    function getMinDelay() public view override returns (uint256) {
        return Parameters(PARAMETERS).get(ParameterIds.TIMELOCK_DELAY);
    }

    function updateDelay(uint256) public pure override {
        revert DelayIsParameter();
    }

    /// @dev The timelock is its own admin: a proposal could otherwise let others schedule or cancel.
    function grantRole(bytes32, address) public pure override {
        revert RolesAreFixed();
    }

    function revokeRole(bytes32, address) public pure override {
        revert RolesAreFixed();
    }

    function renounceRole(bytes32, address) public pure override {
        revert RolesAreFixed();
    }

    function _only(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
