// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SYSTEM} from "./SystemAddresses.sol";

/// @title Final blocks of the other shards
/// @notice The protocol records verified cross-links as SYSTEM. docs/spec/shards.md, SHARD-15.
contract CrossLinks {
    /// @dev Nodes read this storage: src/shards/layout.ts. Zero for genesis.
    struct Record {
        uint64 height;
        uint64 number;
        uint32 certifiedIn;
        /// Epoch whose set votes on later heights.
        uint32 epoch;
        /// Number of the block of shard 0 that changed the record.
        uint64 recordedAt;
        bytes32 blockHash;
        bytes32 stateRoot;
    }

    /// @dev Set at genesis.
    uint16 private shards;
    mapping(uint256 shard => Record) private records;

    error NotSystem(address caller);
    error ShardUnknown(uint256 shard);
    error CrossLinkOld(uint256 shard, uint256 height, uint256 number);

    modifier onlySystem() {
        if (msg.sender != SYSTEM) revert NotSystem(msg.sender);
        _;
    }

    /// @param certifiedIn epoch of the certificate
    /// @param epoch whose set votes next
    function record(
        uint16 shard,
        uint64 height,
        uint64 number,
        uint32 certifiedIn,
        uint32 epoch,
        bytes32 blockHash,
        bytes32 stateRoot
    ) external onlySystem {
        if (shard == 0 || shard >= shards) revert ShardUnknown(shard);
        Record storage known = records[shard];
        if (height <= known.height || number <= known.number) revert CrossLinkOld(shard, height, number);
        records[shard] = Record(
            height,
            number,
            certifiedIn,
            epoch,
            uint64(block.number),
            blockHash,
            stateRoot
        );
    }

    /// @notice Gives shards without a cross-link since block `before` to the set of `epoch`, because their own set
    /// may have unbonded.
    function replaceSilent(uint32 epoch, uint64 before) external onlySystem {
        for (uint256 shard = 1; shard < shards; ++shard) {
            Record storage known = records[shard];
            if (known.recordedAt >= before) continue;
            (known.epoch, known.recordedAt) = (epoch, uint64(block.number));
        }
    }

    function recordOf(uint16 shard) external view returns (Record memory) {
        return records[shard];
    }
}
