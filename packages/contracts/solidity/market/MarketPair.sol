// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

interface IMarketFactory {
    function parameters() external view returns (address token0, address token1, uint256 feeBasisPoints);
}

interface IFlashReceiver {
    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// @title A constant-product pool of two tokens
/// @notice Functions and events are those of Uniswap v2's pairs: the increase of a balance is the payment, and
/// recipients may pay in a callback. There is no protocol fee and no price history.
contract MarketPair is ERC20("Trellis market share", "SHARE") {
    using SafeERC20 for IERC20;

    uint256 private constant BASIS_POINTS = 10_000;
    /// @notice Permanently locked shares, so that a share cannot become too expensive (Uniswap v2, section 3.4).
    uint256 public constant MINIMUM_LIQUIDITY = 1_000;
    address private constant NOBODY = address(0xdead);

    address public immutable factory = msg.sender;
    address public immutable token0;
    address public immutable token1;
    uint256 public immutable feeBasisPoints;

    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private changedAt;
    bool private transient isEntered;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    error Entered();
    error LiquidityTooSmall();
    error OutputInvalid();
    error RecipientInvalid();
    error InputMissing();
    error ProductShrinks();
    error ReservesTooLarge();

    modifier alone() {
        require(!isEntered, Entered());
        isEntered = true;
        _;
        isEntered = false;
    }

    constructor() {
        (token0, token1, feeBasisPoints) = IMarketFactory(msg.sender).parameters();
    }

    function getReserves() public view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, changedAt);
    }

    /// @notice Mints shares for tokens sent beforehand.
    function mint(address to) external alone returns (uint256 shares) {
        (uint256 has0, uint256 has1) = _balances();
        (uint256 amount0, uint256 amount1) = (has0 - reserve0, has1 - reserve1);
        uint256 supply = totalSupply();
        if (supply == 0) {
            uint256 root = Math.sqrt(amount0 * amount1);
            require(root > MINIMUM_LIQUIDITY, LiquidityTooSmall());
            shares = root - MINIMUM_LIQUIDITY;
            _mint(NOBODY, MINIMUM_LIQUIDITY);
        } else {
            shares = Math.min((amount0 * supply) / reserve0, (amount1 * supply) / reserve1);
        }
        require(shares > 0, LiquidityTooSmall());
        _mint(to, shares);
        _setReserves(has0, has1);
        emit Mint(msg.sender, amount0, amount1);
    }

    /// @notice Pays out for shares sent beforehand.
    function burn(address to) external alone returns (uint256 amount0, uint256 amount1) {
        (uint256 has0, uint256 has1) = _balances();
        uint256 shares = balanceOf(address(this));
        uint256 supply = totalSupply();
        (amount0, amount1) = ((shares * has0) / supply, (shares * has1) / supply);
        require(amount0 > 0 && amount1 > 0, LiquidityTooSmall());
        _burn(address(this), shares);
        IERC20(token0).safeTransfer(to, amount0);
        IERC20(token1).safeTransfer(to, amount1);
        (has0, has1) = _balances();
        _setReserves(has0, has1);
        emit Burn(msg.sender, amount0, amount1, to);
    }

    /// @notice Payment is sent beforehand, or by the recipient when called with `data`.
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external alone {
        (uint256 was0, uint256 was1) = (reserve0, reserve1);
        require(amount0Out > 0 || amount1Out > 0, OutputInvalid());
        require(amount0Out < was0 && amount1Out < was1, OutputInvalid());
        require(to != token0 && to != token1, RecipientInvalid());
        if (amount0Out > 0) IERC20(token0).safeTransfer(to, amount0Out);
        if (amount1Out > 0) IERC20(token1).safeTransfer(to, amount1Out);
        if (data.length > 0) IFlashReceiver(to).uniswapV2Call(msg.sender, amount0Out, amount1Out, data);
        (uint256 has0, uint256 has1) = _balances();
        (uint256 in0, uint256 in1) = (_more(has0, was0 - amount0Out), _more(has1, was1 - amount1Out));
        require(in0 > 0 || in1 > 0, InputMissing());
        // The limits of the reserves prevent an overflow of the product.
        _setReserves(has0, has1);
        require(_withoutFee(has0, in0) * _withoutFee(has1, in1) >= was0 * was1 * BASIS_POINTS ** 2, ProductShrinks());
        emit Swap(msg.sender, in0, in1, amount0Out, amount1Out, to);
    }

    function skim(address to) external alone {
        (uint256 has0, uint256 has1) = _balances();
        IERC20(token0).safeTransfer(to, has0 - reserve0);
        IERC20(token1).safeTransfer(to, has1 - reserve1);
    }

    function sync() external alone {
        (uint256 has0, uint256 has1) = _balances();
        _setReserves(has0, has1);
    }

    function _balances() private view returns (uint256, uint256) {
        return (IERC20(token0).balanceOf(address(this)), IERC20(token1).balanceOf(address(this)));
    }

    function _setReserves(uint256 has0, uint256 has1) private {
        require(has0 <= type(uint112).max && has1 <= type(uint112).max, ReservesTooLarge());
        (reserve0, reserve1, changedAt) = (uint112(has0), uint112(has1), uint32(block.timestamp));
        emit Sync(uint112(has0), uint112(has1));
    }

    function _more(uint256 has, uint256 than) private pure returns (uint256) {
        return has > than ? has - than : 0;
    }

    function _withoutFee(uint256 has, uint256 paidIn) private view returns (uint256) {
        return has * BASIS_POINTS - paidIn * feeBasisPoints;
    }
}
