// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {IStake} from "./IStake.sol";
import {ParameterIds, Parameters} from "./Parameters.sol";
import {PARAMETERS, TREASURY} from "./SystemAddresses.sol";

/// @title One stake pool per validator, for its own stake and its delegators'
/// @notice A pool has tokens (wei) and shares. The first shares are minted one for one. Only slashing changes a
/// share's value, and lowers it. There are never fewer shares than tokens, so no deposit rounds to zero or can be
/// inflated away. Rewards are separate from the tokens. Past tokens and shares are kept for votes.
/// docs/spec/staking.md, STAKE-5 to STAKE-12.
abstract contract StakePools is ReentrancyGuardTransient, IERC6372, IStake {
    using Checkpoints for Checkpoints.Trace208;

    /// @dev Stake that left a pool in one epoch. Slashing for that epoch or earlier ones lowers its tokens.
    struct Unbonding {
        uint96 tokens;
        uint112 shares;
        uint32 releaseEpoch;
    }

    struct Position {
        Checkpoints.Trace208 shares;
        /// `rewardPerShare` up to which `rewards` is complete.
        uint256 rewardPerSharePaid;
        /// Claimable wei.
        uint112 rewards;
        /// Shares that joined in `freshEpoch`, which earn nothing in that epoch.
        uint112 freshShares;
        uint32 freshEpoch;
        /// Shares in the validator's Unbonding of that epoch.
        mapping(uint256 epoch => uint256) unbondingShares;
    }

    /// @dev Nodes read this storage: src/staking/layout.ts.
    struct Validator {
        /// Key of later sets, split as a MemberKey.
        bytes32 keyHead;
        bytes16 keyTail;
        /// In 1/10,000. `nextCommission` applies from `commissionEpoch`.
        uint16 commission;
        uint16 nextCommission;
        uint32 commissionEpoch;
        /// Position among the candidates, from 1; 0 if not a candidate.
        uint16 candidate;
        bool isJailed;
        bool isTombstoned;
        uint32 jailedUntil;
        uint32 freshEpoch;
        uint112 freshShares;
        /// Total of all epochs, times REWARD_SCALE.
        uint256 rewardPerShare;
        /// `rewardPerShare` at the end of each epoch in which shares joined.
        mapping(uint256 epoch => uint256) rewardPerShareAt;
        /// Shares in the bits above 96 bits of tokens, over time.
        Checkpoints.Trace208 pool;
        mapping(uint256 epoch => Unbonding) unbonding;
        mapping(address delegator => Position) positions;
    }

    uint256 internal constant BASIS_POINTS = 10_000;
    uint256 internal constant REWARD_SCALE = 1e27;

    uint32 public epoch;
    /// @dev First chain block of the epoch.
    uint64 internal epochStart;
    /// @dev Height of the last recorded certificate, and the epoch of the set that signed it.
    uint64 internal certifiedHeight;
    uint32 internal certifiedSetEpoch;
    /// @notice True permanently once certificates, instead of depth, finalize. STAKE-18.
    bool public override isHandedOver;
    address[] internal candidates;
    mapping(address validator => Validator) internal validators;
    Checkpoints.Trace208 internal totalTokens;

    event Staked(address indexed validator, address indexed delegator, uint256 tokens, uint256 shares);
    event Unbonded(
        address indexed validator,
        address indexed delegator,
        uint256 indexed epoch,
        uint256 tokens,
        uint256 shares,
        uint256 releaseEpoch
    );
    event Withdrawn(address indexed validator, address indexed delegator, uint256 indexed epoch, uint256 tokens);
    event RewardsClaimed(address indexed validator, address indexed delegator, uint256 amount);
    event RewardPaid(address indexed validator, uint256 indexed epoch, uint256 amount, uint256 commission);
    event Slashed(address indexed validator, uint256 indexed sinceEpoch, uint256 basisPoints, uint256 tokens);

    error ValidatorUnknown(address validator);
    error ValidatorTombstoned(address validator);
    error NothingStaked();
    error SharesInsufficient(uint256 got, uint256 max);
    error NothingUnbonding(address validator, uint256 epoch);
    error UnbondingNotOver(uint256 releaseEpoch, uint256 epoch);
    error NothingToClaim(address validator);
    error TimepointNotPast(uint256 timepoint, uint256 clock);

    /// @notice The sent coins earn rewards and add voting power from the next epoch.
    function stake(address validator) external payable nonReentrant {
        Validator storage v = _known(validator);
        if (v.isTombstoned) revert ValidatorTombstoned(validator);
        _deposit(validator, msg.sender, msg.value);
    }

    /// @notice The shares' tokens can be withdrawn after the unbonding period. Until then, they can be slashed for
    /// offences committed while they were staked.
    function unbond(address validator, uint256 shares) external nonReentrant {
        Validator storage v = _known(validator);
        Position storage position = _settle(v, msg.sender);
        uint256 held = position.shares.latest();
        if (shares > held) revert SharesInsufficient(shares, held);
        (uint256 poolTokens, uint256 poolShares) = _unpack(v.pool.latest());
        uint256 tokens = poolShares == 0 ? 0 : (shares * poolTokens) / poolShares;
        if (tokens == 0) revert NothingStaked();
        _forgetFresh(v, position, shares);
        _push(position.shares, held - shares);
        _push(v.pool, _pack(poolTokens - tokens, poolShares - shares));
        _push(totalTokens, totalTokens.latest() - tokens);
        uint256 releaseEpoch = _addUnbonding(v, position, tokens);
        emit Unbonded(validator, msg.sender, epoch, tokens, shares, releaseEpoch);
        _afterUnbond(validator, v);
    }

    function withdraw(address validator, uint256 unbondEpoch) external nonReentrant {
        Validator storage v = validators[validator];
        Unbonding storage unbonding = v.unbonding[unbondEpoch];
        Position storage position = v.positions[msg.sender];
        uint256 shares = position.unbondingShares[unbondEpoch];
        if (shares == 0) revert NothingUnbonding(validator, unbondEpoch);
        if (epoch < unbonding.releaseEpoch) revert UnbondingNotOver(unbonding.releaseEpoch, epoch);
        uint256 tokens = (shares * unbonding.tokens) / unbonding.shares;
        position.unbondingShares[unbondEpoch] = 0;
        // The casts are safe: both are parts of the stored numbers.
        unbonding.tokens -= uint96(tokens);
        unbonding.shares -= uint112(shares);
        emit Withdrawn(validator, msg.sender, unbondEpoch, tokens);
        Address.sendValue(payable(msg.sender), tokens);
    }

    /// @notice Includes a validator's commission.
    function claim(address validator) external nonReentrant {
        Position storage position = _settle(validators[validator], msg.sender);
        uint256 amount = position.rewards;
        if (amount == 0) revert NothingToClaim(validator);
        position.rewards = 0;
        emit RewardsClaimed(validator, msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    function poolOf(address validator) external view returns (uint256 tokens, uint256 shares) {
        return _unpack(validators[validator].pool.latest());
    }

    function sharesOf(address validator, address delegator) external view returns (uint256) {
        return validators[validator].positions[delegator].shares.latest();
    }

    function stakeOf(address validator, address delegator) public view returns (uint256) {
        Validator storage v = validators[validator];
        return _part(v.positions[delegator].shares.latest(), v.pool.latest());
    }

    function rewardsOf(address validator, address delegator) external view returns (uint256) {
        return _rewards(validators[validator], validators[validator].positions[delegator]);
    }

    function unbondingOf(
        address validator,
        address delegator,
        uint256 unbondEpoch
    ) external view returns (uint256 tokens, uint256 releaseEpoch) {
        Unbonding storage unbonding = validators[validator].unbonding[unbondEpoch];
        uint256 shares = validators[validator].positions[delegator].unbondingShares[unbondEpoch];
        return (shares == 0 ? 0 : (shares * unbonding.tokens) / unbonding.shares, unbonding.releaseEpoch);
    }

    function totalStake() external view returns (uint256) {
        return totalTokens.latest();
    }

    /// @dev ERC-6372 clock in seconds, because the interval of chain blocks varies.
    function clock() public view returns (uint48) {
        return Time.timestamp();
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    function getVotes(address validator) external view returns (uint256) {
        return uint96(validators[validator].pool.latest());
    }

    function getPastVotes(address validator, uint256 timepoint) external view returns (uint256) {
        return uint96(validators[validator].pool.upperLookupRecent(_past(timepoint)));
    }

    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        return totalTokens.upperLookupRecent(_past(timepoint));
    }

    function getPastStake(address validator, address delegator, uint256 timepoint) external view returns (uint256) {
        uint48 key = _past(timepoint);
        Validator storage v = validators[validator];
        return _part(v.positions[delegator].shares.upperLookupRecent(key), v.pool.upperLookupRecent(key));
    }

    function _deposit(address validator, address delegator, uint256 tokens) internal {
        if (tokens == 0) revert NothingStaked();
        Validator storage v = validators[validator];
        Position storage position = _settle(v, delegator);
        (uint256 poolTokens, uint256 poolShares) = _unpack(v.pool.latest());
        uint256 shares = poolShares == 0 ? tokens : (tokens * poolShares) / poolTokens;
        if (v.freshEpoch != epoch) {
            v.freshEpoch = epoch;
            v.freshShares = 0;
            v.rewardPerShareAt[epoch] = v.rewardPerShare;
        }
        v.freshShares += SafeCast.toUint112(shares);
        position.freshEpoch = epoch;
        position.freshShares += uint112(shares);
        _push(position.shares, position.shares.latest() + shares);
        _push(v.pool, _pack(poolTokens + tokens, poolShares + shares));
        _push(totalTokens, totalTokens.latest() + tokens);
        emit Staked(validator, delegator, tokens, shares);
    }

    /// @dev Fresh shares leave first, so that shares staked for longer continue to earn.
    function _forgetFresh(Validator storage v, Position storage position, uint256 shares) private {
        uint256 fresh = position.freshEpoch == epoch ? position.freshShares : 0;
        if (fresh == 0) return;
        uint112 gone = uint112(shares < fresh ? shares : fresh);
        position.freshShares -= gone;
        v.freshShares -= gone;
    }

    function _addUnbonding(Validator storage v, Position storage position, uint256 tokens) private returns (uint256) {
        Unbonding storage unbonding = v.unbonding[epoch];
        if (unbonding.releaseEpoch == 0) {
            unbonding.releaseEpoch = SafeCast.toUint32(epoch + _parameter(ParameterIds.UNBONDING_EPOCHS));
        }
        uint256 shares = unbonding.shares == 0 ? tokens : (tokens * unbonding.shares) / unbonding.tokens;
        unbonding.tokens += uint96(tokens);
        unbonding.shares += SafeCast.toUint112(shares);
        position.unbondingShares[epoch] += shares;
        return unbonding.releaseEpoch;
    }

    /// @return paid part of `amount` that the pool received: zero if no share earns
    function _reward(address validator, uint256 amount) internal returns (uint256 paid) {
        Validator storage v = validators[validator];
        (, uint256 earning) = _unpack(v.pool.latest());
        bool hasFresh = v.freshEpoch == epoch;
        if (hasFresh) earning -= v.freshShares;
        if (amount == 0 || earning == 0) return 0;
        uint256 commission = (amount * _commission(v)) / BASIS_POINTS;
        v.positions[validator].rewards += SafeCast.toUint112(commission);
        v.rewardPerShare += ((amount - commission) * REWARD_SCALE) / earning;
        if (hasFresh) v.rewardPerShareAt[epoch] = v.rewardPerShare;
        emit RewardPaid(validator, epoch, amount, commission);
        return amount;
    }

    /// @dev Slashes the pool and the stake that left since an epoch, rounding down.
    /// @return cut slashed wei, which the caller sends to the treasury
    function _slash(address validator, uint256 basisPoints, uint256 sinceEpoch) internal returns (uint256 cut) {
        Validator storage v = validators[validator];
        (uint256 poolTokens, uint256 poolShares) = _unpack(v.pool.latest());
        cut = (poolTokens * basisPoints) / BASIS_POINTS;
        _push(v.pool, _pack(poolTokens - cut, poolShares));
        _push(totalTokens, totalTokens.latest() - cut);
        for (uint256 e = sinceEpoch; e <= epoch; ++e) {
            Unbonding storage unbonding = v.unbonding[e];
            uint256 part = (unbonding.tokens * basisPoints) / BASIS_POINTS;
            if (part == 0) continue;
            unbonding.tokens -= uint96(part);
            cut += part;
        }
        emit Slashed(validator, sinceEpoch, basisPoints, cut);
    }

    function _toTreasury(uint256 amount) internal {
        if (amount != 0) Address.sendValue(payable(TREASURY), amount);
    }

    function _afterUnbond(address validator, Validator storage v) internal virtual;

    function _commission(Validator storage v) internal view returns (uint256) {
        return epoch < v.commissionEpoch ? v.commission : v.nextCommission;
    }

    /// @dev Passes the epoch, because Parameters cannot read it from here at genesis.
    function _parameter(uint256 id) internal view returns (uint256) {
        return Parameters(PARAMETERS).valueAt(id, epoch);
    }

    function _known(address validator) internal view returns (Validator storage v) {
        v = validators[validator];
        if (v.keyHead == 0) revert ValidatorUnknown(validator);
    }

    function _settle(Validator storage v, address delegator) private returns (Position storage position) {
        position = v.positions[delegator];
        position.rewards = SafeCast.toUint112(_rewards(v, position));
        position.rewardPerSharePaid = v.rewardPerShare;
        if (position.freshEpoch != epoch) position.freshShares = 0;
    }

    function _rewards(Validator storage v, Position storage position) private view returns (uint256) {
        uint256 shares = position.shares.latest();
        uint256 fresh = position.freshShares;
        uint256 earned = (shares - fresh) * (v.rewardPerShare - position.rewardPerSharePaid);
        // In their first epoch, fresh shares have earned nothing: rewards are paid at the end of an epoch.
        if (fresh != 0 && position.freshEpoch != epoch) {
            earned += fresh * (v.rewardPerShare - v.rewardPerShareAt[position.freshEpoch]);
        }
        return position.rewards + earned / REWARD_SCALE;
    }

    function _push(Checkpoints.Trace208 storage trace, uint256 value) private {
        trace.push(clock(), SafeCast.toUint208(value));
    }

    function _past(uint256 timepoint) private view returns (uint48) {
        if (timepoint >= clock()) revert TimepointNotPast(timepoint, clock());
        return uint48(timepoint);
    }

    function _part(uint256 shares, uint208 pool) private pure returns (uint256) {
        (uint256 poolTokens, uint256 poolShares) = _unpack(pool);
        return poolShares == 0 ? 0 : (shares * poolTokens) / poolShares;
    }

    function _pack(uint256 tokens, uint256 shares) private pure returns (uint208) {
        return (uint208(SafeCast.toUint112(shares)) << 96) | SafeCast.toUint96(tokens);
    }

    function _unpack(uint208 pool) internal pure returns (uint256 tokens, uint256 shares) {
        return (uint96(pool), pool >> 96);
    }
}
