// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

interface ICallee {
    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external;
    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external;
}

/// @notice Uniswap v2 pair that reports any reserves, and pays any requested amount up to its balance.
contract LyingPair {
    uint112 private reserve0;
    uint112 private reserve1;
    IERC20 private immutable token0;
    IERC20 private immutable token1;

    constructor(IERC20 token0_, IERC20 token1_) {
        token0 = token0_;
        token1 = token1_;
    }

    function setReserves(uint112 reserve0_, uint112 reserve1_) external {
        (reserve0, reserve1) = (reserve0_, reserve1_);
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, 0);
    }

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external {
        uint256 has0 = token0.balanceOf(address(this));
        uint256 has1 = token1.balanceOf(address(this));
        if (amount0Out > 0) token0.transfer(to, amount0Out < has0 ? amount0Out : has0);
        if (amount1Out > 0) token1.transfer(to, amount1Out < has1 ? amount1Out : has1);
        if (data.length > 0) ICallee(to).uniswapV2Call(msg.sender, amount0Out, amount1Out, data);
    }
}

/// @notice Uniswap v3 pool with configurable deltas, callbacks and callback data.
contract LyingPool {
    int256 private amount0;
    int256 private amount1;
    uint256 private callbacks;
    bytes private changedData;
    uint256 private flashFee;
    bool private callsOther;

    function setAnswer(int256 amount0_, int256 amount1_, uint256 callbacks_) external {
        (amount0, amount1, callbacks) = (amount0_, amount1_, callbacks_);
    }

    function setChangedData(bytes calldata data) external {
        changedData = data;
    }

    function setFlashFee(uint256 fee) external {
        flashFee = fee;
    }

    /// If true, `flash` calls the swap callback.
    function setCallsOther(bool other) external {
        callsOther = other;
    }

    function swap(address, bool, int256, uint160, bytes calldata data) external returns (int256, int256) {
        bytes memory handed = data;
        if (changedData.length > 0) handed = changedData;
        for (uint256 count = 0; count < callbacks; ++count) {
            ICallee(msg.sender).uniswapV3SwapCallback(amount0, amount1, handed);
        }
        return (amount0, amount1);
    }

    function flash(address, uint256, uint256, bytes calldata data) external {
        for (uint256 count = 0; count < callbacks; ++count) {
            if (callsOther) ICallee(msg.sender).uniswapV3SwapCallback(amount0, amount1, data);
            else ICallee(msg.sender).uniswapV3FlashCallback(flashFee, flashFee, data);
        }
    }
}

/// @notice Curve pool, Balancer pool and vault in one contract. Swaps transfer no tokens.
contract IdlePool {
    struct SingleSwap {
        bytes32 poolId;
        uint8 kind;
        address assetIn;
        address assetOut;
        uint256 amount;
        bytes userData;
    }

    struct FundManagement {
        address sender;
        bool fromInternalBalance;
        address recipient;
        bool toInternalBalance;
    }

    function exchange(int128, int128, uint256 dx, uint256) external pure returns (uint256) {
        return dx;
    }

    function getVault() external view returns (address) {
        return address(this);
    }

    function getPoolId() external view returns (bytes32) {
        return bytes32(bytes20(address(this)));
    }

    function swap(SingleSwap calldata asked, FundManagement calldata, uint256, uint256) external pure returns (uint256) {
        return asked.amount;
    }
}

/// @notice Adds and removes liquidity and swaps at v3 pools, for any caller. Pays with its own tokens.
contract PoolUser {
    function mint(address pool, int24 tickLower, int24 tickUpper, uint128 amount) external {
        IV3(pool).mint(address(this), tickLower, tickUpper, amount, abi.encode(IV3(pool).token0(), IV3(pool).token1()));
    }

    function burn(address pool, int24 tickLower, int24 tickUpper, uint128 amount) external {
        IV3(pool).burn(tickLower, tickUpper, amount);
        IV3(pool).collect(address(this), tickLower, tickUpper, type(uint128).max, type(uint128).max);
    }

    /// @param amount exact input if positive, exact output if negative
    function swap(address pool, bool zeroForOne, int256 amount) external returns (int256, int256) {
        uint160 limit = zeroForOne ? 4295128740 : 1461446703485210103287273052203988822378723970341;
        return IV3(pool).swap(
            address(this), zeroForOne, amount, limit, abi.encode(IV3(pool).token0(), IV3(pool).token1())
        );
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata data) external {
        _pay(int256(amount0), int256(amount1), data);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external {
        _pay(amount0, amount1, data);
    }

    function _pay(int256 amount0, int256 amount1, bytes calldata data) private {
        (IERC20 token0, IERC20 token1) = abi.decode(data, (IERC20, IERC20));
        if (amount0 > 0) token0.transfer(msg.sender, uint256(amount0));
        if (amount1 > 0) token1.transfer(msg.sender, uint256(amount1));
    }
}

interface IV3 {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function mint(address, int24, int24, uint128, bytes calldata) external returns (uint256, uint256);
    function burn(int24, int24, uint128) external returns (uint256, uint256);
    function collect(address, int24, int24, uint128, uint128) external returns (uint128, uint128);
    function swap(address, bool, int256, uint160, bytes calldata) external returns (int256, int256);
}
