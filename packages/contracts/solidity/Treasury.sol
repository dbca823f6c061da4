// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {TIMELOCK} from "./SystemAddresses.sol";

/// @title Receives a share of the base fee, unearned rewards and slashed stake
/// @notice Only the timelock, and so only an accepted proposal, can spend. docs/spec/staking.md, GOV-7.
contract Treasury {
    event Received(address indexed from, uint256 amount);
    event Paid(address indexed to, uint256 amount);

    error NotTimelock(address caller);

    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    function pay(address payable to, uint256 amount) external {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender);
        emit Paid(to, amount);
        Address.sendValue(to, amount);
    }
}
