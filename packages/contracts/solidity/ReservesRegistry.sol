// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Publishes the records of custodians' snapshots
/// @notice A custodian is an account. Its records form a chain, numbered from 1 without gaps: each contains the hash of
/// the previous record, and is published with a checkpoint of the transparency log that contains it. Records are never
/// replaced or removed, and nobody administers this contract. docs/spec/reserves-attestation.md, ANCHOR-1 to ANCHOR-6.
contract ReservesRegistry {
    struct Anchor {
        /// SHA-256 of the signed record.
        bytes32 recordHash;
        /// SHA-256 of the totals in the record.
        bytes32 totalsHash;
        /// Root of the tree over the log's first `logSize` entries (RFC 9162).
        bytes32 logRoot;
        uint64 logSize;
        /// Time in seconds and number of the publishing block.
        uint64 blockTime;
        uint64 blockNumber;
    }

    mapping(address custodian => uint64 sequence) private latest;
    mapping(address custodian => mapping(uint64 sequence => Anchor)) private anchors;

    event Published(
        address indexed custodian,
        uint64 indexed sequence,
        bytes32 indexed recordHash,
        bytes32 previousRecordHash,
        bytes32 totalsHash,
        uint64 logSize,
        bytes32 logRoot
    );

    error SequenceUnexpected(uint64 expected);
    /// @notice The record does not follow the last published one.
    error PreviousRecordMismatch(bytes32 expected);
    error RecordHashIsZero();
    /// @notice Each record must be a new entry of the log, which only grows.
    error LogNotGrown(uint64 publishedLogSize);
    error RecordUnknown(address custodian, uint64 sequence);

    /// @param previousRecordHash zero for the first record
    function publish(
        uint64 sequence,
        bytes32 previousRecordHash,
        bytes32 recordHash,
        bytes32 totalsHash,
        uint64 logSize,
        bytes32 logRoot
    ) external {
        uint64 last = latest[msg.sender];
        if (sequence == 0 || sequence - 1 != last) revert SequenceUnexpected(last + 1);
        Anchor storage previous = anchors[msg.sender][last];
        if (previousRecordHash != previous.recordHash) revert PreviousRecordMismatch(previous.recordHash);
        if (recordHash == 0) revert RecordHashIsZero();
        if (logSize <= previous.logSize) revert LogNotGrown(previous.logSize);
        latest[msg.sender] = sequence;
        anchors[msg.sender][sequence] =
            Anchor(recordHash, totalsHash, logRoot, logSize, uint64(block.timestamp), uint64(block.number));
        emit Published(msg.sender, sequence, recordHash, previousRecordHash, totalsHash, logSize, logRoot);
    }

    /// @notice Zero without records.
    function latestSequence(address custodian) external view returns (uint64) {
        return latest[custodian];
    }

    function anchorOf(address custodian, uint64 sequence) external view returns (Anchor memory anchor) {
        anchor = anchors[custodian][sequence];
        if (anchor.recordHash == 0) revert RecordUnknown(custodian, sequence);
    }
}
