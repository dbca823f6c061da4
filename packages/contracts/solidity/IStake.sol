// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Functions of Staking that the Governor uses in addition to OpenZeppelin's IERC5805.
interface IStake {
    function isHandedOver() external view returns (bool);

    function getPastStake(address validator, address delegator, uint256 timepoint) external view returns (uint256);
}
