// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MarketFactory} from "./MarketFactory.sol";
import {MarketPair} from "./MarketPair.sol";

/// @title Trades on pairs for accounts that are not contracts
/// @notice Transfers only approved tokens, and keeps nothing.
contract MarketRouter {
    using SafeERC20 for IERC20;

    uint256 private constant BASIS_POINTS = 10_000;

    error OutputTooSmall(uint256 amount, uint256 amountMin);

    /// @notice Creates a missing pair.
    function addLiquidity(MarketFactory factory, address tokenA, uint256 amountA, address tokenB, uint256 amountB)
        external
        returns (address pair)
    {
        pair = factory.getPair(tokenA, tokenB);
        if (pair == address(0)) pair = factory.createPair(tokenA, tokenB);
        IERC20(tokenA).safeTransferFrom(msg.sender, pair, amountA);
        IERC20(tokenB).safeTransferFrom(msg.sender, pair, amountB);
        MarketPair(pair).mint(msg.sender);
    }

    function swap(MarketPair pair, address tokenIn, uint256 amountIn, uint256 amountOutMin)
        external
        returns (uint256 amountOut)
    {
        bool isZeroIn = tokenIn == pair.token0();
        (uint256 reserve0, uint256 reserve1,) = pair.getReserves();
        (uint256 reserveIn, uint256 reserveOut) = isZeroIn ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 kept = amountIn * (BASIS_POINTS - pair.feeBasisPoints());
        amountOut = (kept * reserveOut) / (reserveIn * BASIS_POINTS + kept);
        require(amountOut >= amountOutMin, OutputTooSmall(amountOut, amountOutMin));
        IERC20(tokenIn).safeTransferFrom(msg.sender, address(pair), amountIn);
        pair.swap(isZeroIn ? 0 : amountOut, isZeroIn ? amountOut : 0, msg.sender, "");
    }
}
