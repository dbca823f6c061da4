// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPairV2, IPoolBalancer, IPoolCurve, IPoolV3, IVaultBalancer} from "./ArbitrageurPools.sol";

/// @title Executes a cycle of swaps with tokens lent by one of its pools
/// @notice A transaction either pays the owner at least the minimum profit or reverts. Between transactions the
/// contract has no balance and grants no allowance. Rules and route encoding:
/// docs/spec/arbitrage-execution.md, ARB-1 to ARB-9.
contract Arbitrageur is Ownable2Step, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using SafeCast for int256;

    struct Hop {
        uint256 kind;
        /// True if the input, or the lent token of a loan, is the pool's token0.
        bool zeroForOne;
        address pool;
        IERC20 tokenIn;
        /// Fee of a v2 pair, in millionths; for a Curve pool, input token index * 256 + output token index. Unused by
        /// other pools.
        uint256 detail;
    }

    uint256 private constant SWAP_V2 = 0;
    uint256 private constant SWAP_V3 = 1;
    uint256 private constant LOAN_V2 = 2;
    uint256 private constant LOAN_V3 = 3;
    uint256 private constant SWAP_CURVE = 4;
    uint256 private constant SWAP_BALANCER = 5;

    /// Bytes of the header: anchor number 5, window 1, anchor hash 32, deadline 5, minimum profit 16.
    uint256 private constant HEADER_BYTES = 59;
    /// Bytes of a trade: amount into its first hop 16, index of the cycle's first hop 1, amount into that hop 16.
    uint256 private constant TRADE_BYTES = 33;
    uint256 private constant AMOUNT_BYTES = 16;
    /// Bytes of a hop: kind and direction 1, pool 20, token 20, detail 3.
    uint256 private constant HOP_BYTES = 44;

    uint256 private constant MILLION = 1_000_000;
    /// Price limits of v3 pools (TickMath), as Q64.96 square roots.
    uint160 private constant PRICE_MIN = 4295128740;
    uint160 private constant PRICE_MAX = 1461446703485210103287273052203988822378723970341;

    mapping(address account => bool) public isExecutor;

    /// Hash of selector, pool and data of the expected callback; zero if none is expected.
    bytes32 private transient awaited;

    event ExecutorSet(address indexed account, bool isExecutor);

    error NotExecutor(address account);
    error OwnerRequired();
    error RouteInvalid();
    error DeadlinePassed();
    /// @notice The block is outside the window, or the anchor's hash differs.
    error BlockUnexpected();
    error CallbackUnexpected(address caller);
    error CallbackMissing(address pool);
    /// @notice A pool requests more or less than offered, or pays nothing.
    error PaymentUnexpected(int256 asked, int256 given);
    error ProfitTooLow(uint256 balance, uint256 balanceMin);
    /// @notice A pool did not spend its whole allowance.
    error AllowanceLeft(address pool);

    constructor(address owner) Ownable(owner) {}

    function setExecutor(address account, bool allowed) external onlyOwner {
        isExecutor[account] = allowed;
        emit ExecutorSet(account, allowed);
    }

    /// @notice The zero address means the chain's coin.
    function rescue(IERC20 token, address to, uint256 amount) external onlyOwner nonReentrant {
        if (address(token) == address(0)) Address.sendValue(payable(to), amount);
        else token.safeTransfer(to, amount);
    }

    /// @notice Always reverts: without an owner, profits would be lost.
    function renounceOwnership() public pure override {
        revert OwnerRequired();
    }

    /// @param route header, amounts and hops, packed
    /// @return profit that the owner received, in base units of the cycle's first token
    function execute(bytes calldata route) external nonReentrant returns (uint256 profit) {
        if (!isExecutor[msg.sender]) revert NotExecutor(msg.sender);
        uint256 profitMin = _assertHeader(route);
        bytes calldata trade = route[HEADER_BYTES:];
        Hop memory first = _hopAt(trade, 0);
        uint256 start = _startOf(trade);
        if (start >= _countOf(trade)) revert RouteInvalid();
        IERC20 token = _hopAt(trade, start).tokenIn;
        uint256 balanceBefore = token.balanceOf(address(this));
        _openTrade(trade, first);
        uint256 balance = token.balanceOf(address(this));
        if (balance < balanceBefore + profitMin) revert ProfitTooLow(balance, balanceBefore + profitMin);
        // Sends the whole balance, because others could take a remainder.
        token.safeTransfer(owner(), balance);
        if (start != 0) {
            // If prices have improved, the last hop may pay more than the debt to the lender.
            uint256 rest = first.tokenIn.balanceOf(address(this));
            if (rest > 0) first.tokenIn.safeTransfer(owner(), rest);
        }
        return balance - balanceBefore;
    }

    function _assertHeader(bytes calldata route) private view returns (uint256 profitMin) {
        if (route.length < HEADER_BYTES + TRADE_BYTES + 2 * HOP_BYTES) revert RouteInvalid();
        if ((route.length - HEADER_BYTES - TRADE_BYTES) % HOP_BYTES != 0) revert RouteInvalid();
        uint256 anchor = uint40(bytes5(route[0:5]));
        uint256 window = uint8(route[5]);
        bytes32 anchorHash = bytes32(route[6:38]);
        if (block.number <= anchor || block.number > anchor + window) revert BlockUnexpected();
        // Senders pass zero if miners can choose the parent or any anchor is acceptable.
        if (anchorHash != 0 && blockhash(anchor) != anchorHash) revert BlockUnexpected();
        if (block.timestamp > uint40(bytes5(route[38:43]))) revert DeadlinePassed();
        return uint128(bytes16(route[43:HEADER_BYTES]));
    }

    /// The first pool lends: its callback runs the other hops and repays the pool.
    function _openTrade(bytes calldata trade, Hop memory hop) private {
        uint256 amountIn = _amountOf(trade);
        if (hop.kind == SWAP_V3) {
            _swapV3(hop, amountIn, _recipientBefore(trade, 1), trade);
            return;
        }
        if (hop.kind == SWAP_CURVE || hop.kind == SWAP_BALANCER) revert RouteInvalid();
        if (hop.kind == LOAN_V3) {
            _await(this.uniswapV3FlashCallback.selector, hop.pool, trade);
            (uint256 lent0, uint256 lent1) = hop.zeroForOne ? (amountIn, uint256(0)) : (uint256(0), amountIn);
            IPoolV3(hop.pool).flash(address(this), lent0, lent1, trade);
        } else {
            // A pair lends the hop's token, or sells the other token on credit.
            bool isLoan = hop.kind == LOAN_V2;
            uint256 amountOut = isLoan ? amountIn : _quoteV2(hop, amountIn);
            _await(this.uniswapV2Call.selector, hop.pool, trade);
            (uint256 out0, uint256 out1) = isLoan == hop.zeroForOne ? (amountOut, uint256(0)) : (uint256(0), amountOut);
            IPairV2(hop.pool).swap(out0, out1, address(this), trade);
        }
        _assertCalledBack(hop.pool);
    }

    function uniswapV2Call(address, uint256 amount0, uint256 amount1, bytes calldata trade) external {
        _acceptCallback(trade);
        Hop memory hop = _hopAt(trade, 0);
        uint256 debt = _amountOf(trade);
        if (hop.kind == LOAN_V2) {
            _runHops(trade, debt, false);
            debt = Math.ceilDiv(debt * MILLION, MILLION - hop.detail);
        } else {
            _runHops(trade, hop.zeroForOne ? amount1 : amount0, false);
        }
        hop.tokenIn.safeTransfer(msg.sender, debt);
    }

    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata trade) external {
        _acceptCallback(trade);
        Hop memory hop = _hopAt(trade, 0);
        uint256 debt = _amountOf(trade);
        (int256 asked, int256 given) =
            hop.zeroForOne ? (amount0Delta, -amount1Delta) : (amount1Delta, -amount0Delta);
        // A pool short of liquidity requests less: the rest would stay here.
        if (asked != int256(debt) || given <= 0) revert PaymentUnexpected(asked, given);
        _runHops(trade, uint256(given), _recipientBefore(trade, 1) != address(this));
        hop.tokenIn.safeTransfer(msg.sender, debt);
    }

    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata trade) external {
        _acceptCallback(trade);
        Hop memory hop = _hopAt(trade, 0);
        uint256 debt = _amountOf(trade);
        _runHops(trade, debt, false);
        hop.tokenIn.safeTransfer(msg.sender, debt + (hop.zeroForOne ? fee0 : fee1));
    }

    /// Runs the hops after the first. A hop before a v2 pair pays the pair directly. The cycle's first hop swaps the
    /// route's amount: the remainder of its token is the profit.
    function _runHops(bytes calldata trade, uint256 amount, bool isDelivered) private {
        uint256 count = _countOf(trade);
        for (uint256 place = 1; place < count; ++place) {
            Hop memory hop = _hopAt(trade, place);
            address recipient = _recipientBefore(trade, place + 1);
            if (place == _startOf(trade)) amount = uint128(bytes16(trade[AMOUNT_BYTES + 1:TRADE_BYTES]));
            if (hop.kind == SWAP_V2) {
                if (!isDelivered) hop.tokenIn.safeTransfer(hop.pool, amount);
                amount = _swapV2(hop, amount, recipient);
            } else if (hop.kind == SWAP_V3) {
                // Callback data: a trade of only this hop.
                bytes memory payment =
                    abi.encodePacked(amount.toUint128(), uint8(0), uint128(0), _encodedHop(trade, place));
                amount = _swapV3(hop, amount, recipient, payment);
            } else if (hop.kind == SWAP_CURVE) {
                // A Curve pool always pays the caller.
                recipient = address(this);
                amount = _swapCurve(hop, amount, _tokenAfter(trade, place, count));
            } else if (hop.kind == SWAP_BALANCER) {
                amount = _swapBalancer(hop, amount, recipient, _tokenAfter(trade, place, count));
            } else {
                revert RouteInvalid();
            }
            isDelivered = recipient != address(this);
        }
    }

    function _swapV2(Hop memory hop, uint256 amountIn, address recipient) private returns (uint256 amountOut) {
        amountOut = _quoteV2(hop, amountIn);
        (uint256 out0, uint256 out1) = hop.zeroForOne ? (uint256(0), amountOut) : (amountOut, uint256(0));
        IPairV2(hop.pool).swap(out0, out1, recipient, "");
    }

    /// Output by the pair's invariant, rounded down. Misreported reserves cannot evade the profit check.
    function _quoteV2(Hop memory hop, uint256 amountIn) private view returns (uint256) {
        (uint256 reserve0, uint256 reserve1,) = IPairV2(hop.pool).getReserves();
        (uint256 reserveIn, uint256 reserveOut) = hop.zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 charged = amountIn * (MILLION - hop.detail);
        return Math.mulDiv(charged, reserveOut, reserveIn * MILLION + charged);
    }

    /// @param payment trade that the callback runs; with a single hop, the callback only pays
    function _swapV3(Hop memory hop, uint256 amountIn, address recipient, bytes memory payment)
        private
        returns (uint256 amountOut)
    {
        _await(this.uniswapV3SwapCallback.selector, hop.pool, payment);
        (int256 amount0, int256 amount1) = IPoolV3(hop.pool).swap(
            recipient, hop.zeroForOne, amountIn.toInt256(), hop.zeroForOne ? PRICE_MIN : PRICE_MAX, payment
        );
        _assertCalledBack(hop.pool);
        return (-(hop.zeroForOne ? amount1 : amount0)).toUint256();
    }

    function _swapCurve(Hop memory hop, uint256 amountIn, IERC20 tokenOut) private returns (uint256 amountOut) {
        uint256 balanceBefore = tokenOut.balanceOf(address(this));
        hop.tokenIn.forceApprove(hop.pool, amountIn);
        IPoolCurve(hop.pool).exchange(int128(uint128(hop.detail >> 8)), int128(uint128(hop.detail & 0xff)), amountIn, 0);
        _assertTaken(hop, hop.pool);
        return tokenOut.balanceOf(address(this)) - balanceBefore;
    }

    function _swapBalancer(Hop memory hop, uint256 amountIn, address recipient, IERC20 tokenOut)
        private
        returns (uint256 amountOut)
    {
        IVaultBalancer vault = IPoolBalancer(hop.pool).getVault();
        IVaultBalancer.SingleSwap memory swap = IVaultBalancer.SingleSwap({
            poolId: IPoolBalancer(hop.pool).getPoolId(),
            kind: 0,
            assetIn: hop.tokenIn,
            assetOut: tokenOut,
            amount: amountIn,
            userData: ""
        });
        IVaultBalancer.FundManagement memory funds = IVaultBalancer.FundManagement({
            sender: address(this),
            fromInternalBalance: false,
            recipient: recipient,
            toInternalBalance: false
        });
        hop.tokenIn.forceApprove(address(vault), amountIn);
        amountOut = vault.swap(swap, funds, 0, block.timestamp);
        _assertTaken(hop, address(vault));
    }

    function _assertTaken(Hop memory hop, address taker) private view {
        if (hop.tokenIn.allowance(address(this), taker) != 0) revert AllowanceLeft(hop.pool);
    }

    function _await(bytes4 selector, address pool, bytes memory data) private {
        awaited = keccak256(abi.encodePacked(selector, pool, data));
    }

    /// Accepts only the expected callback: from the called pool, with the data passed to it, once.
    function _acceptCallback(bytes calldata data) private {
        bytes32 expected = awaited;
        if (expected == 0 || expected != keccak256(abi.encodePacked(msg.sig, msg.sender, data))) {
            revert CallbackUnexpected(msg.sender);
        }
        awaited = 0;
    }

    function _assertCalledBack(address pool) private view {
        if (awaited != 0) revert CallbackMissing(pool);
    }

    function _amountOf(bytes calldata trade) private pure returns (uint256) {
        return uint128(bytes16(trade[0:AMOUNT_BYTES]));
    }

    /// Index of the cycle's first hop; zero if its pool lends.
    function _startOf(bytes calldata trade) private pure returns (uint256) {
        return uint8(trade[AMOUNT_BYTES]);
    }

    function _countOf(bytes calldata trade) private pure returns (uint256) {
        return (trade.length - TRADE_BYTES) / HOP_BYTES;
    }

    /// Output token of a hop: the next hop's input, or the token owed to the lender.
    function _tokenAfter(bytes calldata trade, uint256 place, uint256 count) private pure returns (IERC20) {
        return _hopAt(trade, (place + 1) % count).tokenIn;
    }

    function _encodedHop(bytes calldata trade, uint256 place) private pure returns (bytes calldata) {
        uint256 begin = TRADE_BYTES + place * HOP_BYTES;
        return trade[begin:begin + HOP_BYTES];
    }

    function _hopAt(bytes calldata trade, uint256 place) private pure returns (Hop memory hop) {
        bytes calldata encoded = _encodedHop(trade, place);
        uint256 flags = uint8(encoded[0]);
        hop.kind = flags >> 1;
        hop.zeroForOne = flags & 1 == 1;
        hop.pool = address(bytes20(encoded[1:21]));
        hop.tokenIn = IERC20(address(bytes20(encoded[21:41])));
        hop.detail = uint24(bytes3(encoded[41:44]));
        if (hop.kind > SWAP_BALANCER) revert RouteInvalid();
    }

    /// Recipient of the input of the hop at `place`: a v2 pair must be paid beforehand. This contract pays other pools
    /// and keeps the profit.
    function _recipientBefore(bytes calldata trade, uint256 place) private view returns (address) {
        if (place == _countOf(trade) || place == _startOf(trade)) return address(this);
        Hop memory hop = _hopAt(trade, place);
        return hop.kind == SWAP_V2 ? hop.pool : address(this);
    }
}
