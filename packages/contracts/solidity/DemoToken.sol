// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Token of the devnet's demo custodian
/// @notice A worthless ERC-20. One account receives the fixed supply.
contract DemoToken is ERC20 {
    uint8 private immutable places;

    constructor(string memory name, string memory symbol, uint8 places_, address holder, uint256 supply)
        ERC20(name, symbol)
    {
        places = places_;
        _mint(holder, supply);
    }

    function decimals() public view override returns (uint8) {
        return places;
    }
}
