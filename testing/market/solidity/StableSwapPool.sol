// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @notice Stable-swap pool with the interface of Curve's plain pools, because no compiled pool is published.
/// Sources: Egorov, "StableSwap - efficient mechanism for Stablecoin liquidity", 2019, and Curve's documentation.
/// Anyone may change the owner's settings.
contract StableSwapPool {
    using SafeERC20 for IERC20;

    uint256 private constant A_UNIT = 100;
    uint256 private constant FEE_UNIT = 1e10;
    uint256 private constant PRICE_UNIT = 1e18;

    IERC20[] public coins;
    uint256[] public balances;
    uint256[] private rates;
    uint256 public fee;
    uint256 public admin_fee;
    uint256 public initial_A;
    uint256 public future_A;
    uint256 public initial_A_time;
    uint256 public future_A_time;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );
    event AddLiquidity(address indexed provider, uint256[] token_amounts);
    event RampA(uint256 old_A, uint256 new_A, uint256 initial_time, uint256 future_time);
    event NewFee(uint256 fee, uint256 admin_fee);

    constructor(IERC20[] memory coins_, uint256 amplification, uint256 fee_, uint256 adminFee) {
        (coins, fee, admin_fee) = (coins_, fee_, adminFee);
        (initial_A, future_A) = (amplification * A_UNIT, amplification * A_UNIT);
        for (uint256 i = 0; i < coins_.length; ++i) {
            balances.push(0);
            rates.push(10 ** (36 - IERC20Metadata(address(coins_[i])).decimals()));
        }
    }

    function A_precise() public view returns (uint256) {
        if (block.timestamp >= future_A_time) return future_A;
        uint256 passed = block.timestamp - initial_A_time;
        uint256 span = future_A_time - initial_A_time;
        return future_A > initial_A
            ? initial_A + (future_A - initial_A) * passed / span
            : initial_A - (initial_A - future_A) * passed / span;
    }

    function A() external view returns (uint256) {
        return A_precise() / A_UNIT;
    }

    function ramp_A(uint256 amplification, uint256 time) external {
        uint256 now_ = A_precise();
        (initial_A, future_A, initial_A_time, future_A_time) = (now_, amplification * A_UNIT, block.timestamp, time);
        emit RampA(now_, future_A, block.timestamp, time);
    }

    function set_fees(uint256 fee_, uint256 adminFee) external {
        (fee, admin_fee) = (fee_, adminFee);
        emit NewFee(fee_, adminFee);
    }

    /// Adds the pool's unaccounted tokens to the liquidity.
    function take() external {
        uint256[] memory amounts = new uint256[](coins.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            amounts[i] = coins[i].balanceOf(address(this)) - balances[i];
            balances[i] += amounts[i];
        }
        emit AddLiquidity(msg.sender, amounts);
    }

    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256 dy) {
        (dy,) = _quote(_at(i), _at(j), dx);
    }

    function exchange(int128 i, int128 j, uint256 dx, uint256 minDy) external returns (uint256 dy) {
        (uint256 sold, uint256 bought) = (_at(i), _at(j));
        uint256 adminPart;
        (dy, adminPart) = _quote(sold, bought, dx);
        require(dy >= minDy, "Exchange resulted in fewer coins than expected");
        balances[sold] += dx;
        balances[bought] -= dy + adminPart;
        coins[sold].safeTransferFrom(msg.sender, address(this), dx);
        coins[bought].safeTransfer(msg.sender, dy);
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }

    function _quote(uint256 i, uint256 j, uint256 dx) private view returns (uint256 dy, uint256 adminPart) {
        require(i != j, "same coin");
        uint256[] memory xp = _scaled();
        uint256 ann = A_precise() * xp.length;
        uint256 invariant = _invariant(xp, ann);
        xp[i] += dx * rates[i] / PRICE_UNIT;
        uint256 gross = xp[j] - _balanceKeeping(invariant, j, xp, ann) - 1;
        uint256 charged = gross * fee / FEE_UNIT;
        dy = (gross - charged) * PRICE_UNIT / rates[j];
        adminPart = (charged * admin_fee / FEE_UNIT) * PRICE_UNIT / rates[j];
    }

    /// Solves `A n^n sum(x) + D = A D n^n + D^(n+1) / (n^n prod(x))` for D by Newton's method.
    function _invariant(uint256[] memory xp, uint256 ann) private pure returns (uint256 d) {
        uint256 n = xp.length;
        uint256 sum;
        for (uint256 k = 0; k < n; ++k) sum += xp[k];
        d = sum;
        for (uint256 round = 0; round < 255; ++round) {
            uint256 product = d;
            for (uint256 k = 0; k < n; ++k) product = product * d / (xp[k] * n);
            uint256 last = d;
            d = (ann * sum / A_UNIT + product * n) * d / ((ann - A_UNIT) * d / A_UNIT + (n + 1) * product);
            if (d > last ? d - last <= 1 : last - d <= 1) return d;
        }
        revert("no invariant");
    }

    /// Returns the balance of coin `j` that keeps the invariant, by Newton's method.
    function _balanceKeeping(uint256 d, uint256 j, uint256[] memory xp, uint256 ann) private pure returns (uint256 y) {
        uint256 n = xp.length;
        uint256 sum;
        uint256 c = d;
        for (uint256 k = 0; k < n; ++k) {
            if (k == j) continue;
            sum += xp[k];
            c = c * d / (xp[k] * n);
        }
        c = c * d * A_UNIT / (ann * n);
        uint256 b = sum + d * A_UNIT / ann;
        y = d;
        for (uint256 round = 0; round < 255; ++round) {
            uint256 last = y;
            y = (y * y + c) / (2 * y + b - d);
            if (y > last ? y - last <= 1 : last - y <= 1) return y;
        }
        revert("no convergence");
    }

    function _scaled() private view returns (uint256[] memory xp) {
        xp = new uint256[](balances.length);
        for (uint256 k = 0; k < xp.length; ++k) xp[k] = balances[k] * rates[k] / PRICE_UNIT;
    }

    function _at(int128 place) private pure returns (uint256) {
        require(place >= 0, "no coin");
        return uint128(place);
    }
}
