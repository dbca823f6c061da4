// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the Arbitrageur calls of a Uniswap v2 pair, and of those of its forks that kept its names.
interface IPairV2 {
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

/// @notice What the Arbitrageur calls of a Uniswap v3 pool.
interface IPoolV3 {
    function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1);

    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
}
