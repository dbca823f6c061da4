// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev What the Governor asks of Staking beyond OpenZeppelin's IERC5805.
interface IStake {
    function isHandedOver() external view returns (bool);

    function getPastStake(address validator, address delegator, uint256 timepoint) external view returns (uint256);
}
