// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "./Staking.sol";

/// @title Staking of a network with several shards
/// @notice Signatures of cross-links count like those of shard 0's certificates. docs/spec/shards.md, SHARD-15.5.
contract ShardStaking is Staking {
    event CrossLinkCounted(uint256 indexed setEpoch, uint256 bitmap);

    error SetNotCertified(uint256 setEpoch);

    constructor(
        GenesisValidator[] memory genesis,
        uint256 membersMin,
        uint256 stakeMin
    ) payable Staking(genesis, membersMin, stakeMin) {}

    /// @notice Only sets that have certified in shard 0, so that other shards' certificates end no epoch.
    /// @param bitmap bit i for member i
    function countCrossLink(uint256 setEpoch, uint256 bitmap) external onlySystem {
        if (setEpoch > epoch || setEpoch + 1 < epoch) revert SetEpochUnknown(setEpoch, epoch);
        EpochSet storage set = sets[setEpoch];
        if (set.certificates == 0) revert SetNotCertified(setEpoch);
        uint256 members = set.members.length;
        if (members < 256 && bitmap >> members != 0) revert BitmapTooLong(bitmap, members);
        ++set.certificates;
        // As in `recordCertificate`. A shared function would change the bytecode, and so the genesis, of other networks.
        for (uint256 word = 0; word * 8 < members; ++word) {
            uint256 bits = (bitmap >> (word * 8)) & 0xff;
            if (bits != 0) set.signed[word] += _spread(bits);
        }
        emit CrossLinkCounted(setEpoch, bitmap);
    }
}
