// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {STAKING, TIMELOCK} from "./SystemAddresses.sol";

interface IEpochs {
    function epoch() external view returns (uint32);
}

/// @dev Ids are permanent: a parameter is at the storage slot of its id, where nodes read it.
library ParameterIds {
    /// Gas limit of one carrier.
    uint256 internal constant GAS_LIMIT = 0;
    /// The treasury's share of the base fee, in 1/10,000.
    uint256 internal constant TREASURY_SHARE = 1;
    /// In wei.
    uint256 internal constant REWARDS_PER_EPOCH = 2;
    /// Number of chain blocks.
    uint256 internal constant EPOCH_LENGTH = 3;
    /// Minimum tip that nodes relay, in wei per gas.
    uint256 internal constant MEMPOOL_FLOOR = 4;
    /// Slashed share of the stake, in 1/10,000, also for downtime.
    uint256 internal constant EQUIVOCATION_SLASH = 5;
    uint256 internal constant DOWNTIME_SLASH = 6;
    /// Validators that sign a smaller share of the certificates, in 1/10,000, are jailed.
    uint256 internal constant PARTICIPATION_MIN = 7;
    uint256 internal constant JAIL_EPOCHS = 8;
    uint256 internal constant UNBONDING_EPOCHS = 9;
    uint256 internal constant ACTIVE_SET_SIZE = 10;
    /// Minimum stake in wei of a candidate in its own pool.
    uint256 internal constant SELF_STAKE_MIN = 11;
    /// Seconds, as for the next two.
    uint256 internal constant VOTING_DELAY = 12;
    uint256 internal constant VOTING_PERIOD = 13;
    uint256 internal constant TIMELOCK_DELAY = 14;
    /// Share of the stake, in 1/10,000, that a proposer needs.
    uint256 internal constant PROPOSAL_THRESHOLD = 15;
    uint256 internal constant COUNT = 16;
}

/// @title Parameters that governance may change, within fixed bounds
/// @notice A change takes effect at the next epoch. Nodes read the storage: docs/spec/staking.md, GOV-1 to GOV-3.
contract Parameters {
    struct Entry {
        uint112 value;
        /// Replaces `value` from `effectiveEpoch` on.
        uint112 next;
        uint32 effectiveEpoch;
    }

    Entry[16] private entries;

    /// @notice Minimum of voting delay, voting period and timelock delay.
    uint256 public immutable timeFloorSeconds;

    event ParameterScheduled(uint256 indexed id, uint256 from, uint256 to, uint256 effectiveEpoch);

    error NotTimelock(address caller);
    error ParameterUnknown(uint256 id);
    error ParameterOutOfBounds(uint256 id, uint256 value, uint256 min, uint256 max);
    error ParameterCount(uint256 got, uint256 expected);

    constructor(uint256[] memory values, uint256 timeFloor) {
        if (values.length != ParameterIds.COUNT) revert ParameterCount(values.length, ParameterIds.COUNT);
        timeFloorSeconds = timeFloor;
        for (uint256 id = 0; id < ParameterIds.COUNT; ++id) {
            (uint256 min, uint256 max) = _bounds(id, timeFloor);
            uint112 value = _within(id, values[id], min, max);
            entries[id] = Entry(value, value, 0);
        }
    }

    /// @notice Replaces a value scheduled in the same epoch.
    function set(uint256 id, uint256 value) external {
        if (msg.sender != TIMELOCK) revert NotTimelock(msg.sender);
        (uint256 min, uint256 max) = bounds(id);
        uint112 next = _within(id, value, min, max);
        uint32 epoch = IEpochs(STAKING).epoch();
        uint112 current = uint112(valueAt(id, epoch));
        entries[id] = Entry(current, next, epoch + 1);
        emit ParameterScheduled(id, current, next, epoch + 1);
    }

    function get(uint256 id) external view returns (uint256) {
        return valueAt(id, IEpochs(STAKING).epoch());
    }

    /// @notice Value in the current or a later epoch, as scheduled now.
    function valueAt(uint256 id, uint256 epoch) public view returns (uint256) {
        if (id >= ParameterIds.COUNT) revert ParameterUnknown(id);
        Entry storage entry = entries[id];
        return epoch < entry.effectiveEpoch ? entry.value : entry.next;
    }

    function bounds(uint256 id) public view returns (uint256 min, uint256 max) {
        return _bounds(id, timeFloorSeconds);
    }

    function _bounds(uint256 id, uint256 timeFloor) private pure returns (uint256 min, uint256 max) {
        if (id == ParameterIds.GAS_LIMIT) return (5_000_000, 100_000_000);
        if (id == ParameterIds.TREASURY_SHARE) return (0, 10_000);
        if (id == ParameterIds.REWARDS_PER_EPOCH) return (0, 1_000_000 ether);
        if (id == ParameterIds.EPOCH_LENGTH) return (4, 1_000_000);
        if (id == ParameterIds.MEMPOOL_FLOOR) return (0, 1_000 gwei);
        if (id == ParameterIds.EQUIVOCATION_SLASH) return (100, 10_000);
        if (id == ParameterIds.DOWNTIME_SLASH) return (0, 500);
        if (id == ParameterIds.PARTICIPATION_MIN) return (0, 9_000);
        if (id == ParameterIds.JAIL_EPOCHS) return (1, 64);
        // Two, because votes of an epoch's set may be cast until the next epoch ends.
        if (id == ParameterIds.UNBONDING_EPOCHS) return (2, 64);
        // A certificate's bitmap has 256 bits; with 128 members, `endEpoch` needs far less than a block's gas.
        if (id == ParameterIds.ACTIVE_SET_SIZE) return (1, 128);
        if (id == ParameterIds.SELF_STAKE_MIN) return (1 ether, 1_000_000 ether);
        if (id == ParameterIds.VOTING_DELAY) return (timeFloor, timeFloor + 30 days);
        if (id == ParameterIds.VOTING_PERIOD) return (timeFloor, timeFloor + 60 days);
        if (id == ParameterIds.TIMELOCK_DELAY) return (timeFloor, timeFloor + 60 days);
        // Half a percent, which the largest of 128 validators always has.
        if (id == ParameterIds.PROPOSAL_THRESHOLD) return (0, 50);
        revert ParameterUnknown(id);
    }

    function _within(uint256 id, uint256 value, uint256 min, uint256 max) private pure returns (uint112) {
        if (value < min || value > max) revert ParameterOutOfBounds(id, value, min, max);
        // Every bound fits into 112 bits.
        return uint112(value);
    }
}
