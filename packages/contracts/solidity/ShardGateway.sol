// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SYSTEM} from "./SystemAddresses.sol";

/// @title Messages between shards
/// @notice `send` keeps the value here in escrow; the destination issues it anew. The protocol delivers messages as
/// SYSTEM, in order, exactly once. A failed message is refunded. There is no administrator. docs/spec/shards.md.
contract ShardGateway {
    /// @dev The order is that of `_encode`, without the version.
    struct Message {
        uint8 kind;
        uint16 source;
        uint16 destination;
        uint64 index;
        address sender;
        address to;
        uint256 value;
        uint64 gasLimit;
        uint64 expiry;
        bytes data;
    }

    /// @dev Messages to one shard. Nodes read this storage: src/shards/layout.ts.
    struct Outbox {
        uint64 sent;
        /// Messages that the destination is known to have consumed.
        uint64 acknowledged;
        /// Total wei in escrow.
        uint256 value;
        /// After each message, keccak256(head after the preceding message, id): a head proves all messages up to
        /// it. A ring, so that acknowledged messages need no storage.
        mapping(uint256 position => bytes32) heads;
    }

    /// @dev Messages from one shard. Nodes read this storage.
    struct Inbox {
        /// Index of the next message.
        uint64 next;
        /// Messages that the source is known to have sent.
        uint64 known;
        /// Height of the source's newest cross-link that `synchronize` has read.
        uint64 height;
        /// Time of the last progress. A source without progress for STALL_SECONDS stays stalled until its queue is
        /// empty.
        uint64 since;
        /// Total wei issued.
        uint256 value;
    }

    enum Outcome {
        Executed,
        Reverted,
        Expired,
        Credited
    }

    uint8 public constant VERSION = 1;
    uint8 public constant CALL = 0;
    uint8 public constant REFUND = 1;

    /// @notice Gas that delivers a message, besides its own gas limit.
    uint256 public constant GAS_FIXED = 180_000;
    uint256 public constant GAS_PER_BYTE = 40;
    /// @notice A fifth of the lowest gas limit of a carrier, so that a message fits into every block.
    uint256 public constant GAS_MAX = 1_000_000;

    uint256 private constant REFUND_DATA_BYTES = 32;
    /// @notice Inclusion of a source's messages is a duty until it has made no progress for this time (SHARD-12).
    uint256 public constant STALL_SECONDS = 60;
    /// @dev Enough for CALL with value to a new account, and to store a refund afterwards.
    uint256 private constant GAS_BESIDE_CALL = 135_000;
    /// @dev Queues grow beyond `queueMax` by refunds, to at most three times `queueMax` (SHARD-9).
    uint256 private constant RING_FACTOR = 4;

    /// @dev Set at genesis.
    uint16 private shard;
    uint16 private shards;
    uint32 private queueMax;
    uint32 private lifetimeSeconds;
    mapping(uint256 destination => Outbox) private outboxes;
    mapping(uint256 source => Inbox) private inboxes;

    /// @dev Of the message that is being delivered.
    uint16 private transient runningSource;
    address private transient runningSender;
    address private transient runningTo;

    /// @param message encoding of SHARD-4, which nodes keep until it is delivered
    event MessageSent(bytes32 indexed id, uint256 indexed destination, uint256 indexed index, bytes message);
    event MessageDelivered(bytes32 indexed id, uint256 indexed source, uint256 indexed index, Outcome outcome);

    error NotSystem(address caller);
    error ShardUnknown(uint256 shard);
    error RecipientIsGateway();
    error MessageGasTooHigh(uint256 got, uint256 max);
    error GasTooLow(uint256 got, uint256 min);
    error QueueFull(uint256 shard, uint256 waiting, uint256 max);
    error MessageOutOfOrder(uint256 source, uint256 index, uint256 next, uint256 known);
    error ValueWrong(uint256 got, uint256 expected);
    error AcknowledgementWrong(uint256 got, uint256 sent);
    error RefundFailed(address to);
    error NoMessage(address caller);

    modifier onlySystem() {
        if (msg.sender != SYSTEM) revert NotSystem(msg.sender);
        _;
    }

    /// @notice Calls `to` in another shard, with the value sent. This uses as much gas here as the delivery and a
    /// refund can use. If the call fails or expires, the value returns to the caller, without calling it.
    /// @param gasLimit of the call
    function send(
        uint16 destination,
        address to,
        uint64 gasLimit,
        bytes calldata data
    ) external payable returns (bytes32 id) {
        _demandOther(destination);
        if (to == address(this)) revert RecipientIsGateway();
        uint256 gas = deliveryGas(gasLimit, data.length);
        if (gas > GAS_MAX) revert MessageGasTooHigh(gas, GAS_MAX);
        _demandRoom(destination);
        _useGas(gas + deliveryGas(0, REFUND_DATA_BYTES));
        Message memory message;
        message.destination = destination;
        message.sender = msg.sender;
        message.to = to;
        message.value = msg.value;
        message.gasLimit = gasLimit;
        message.expiry = uint64(block.timestamp + lifetimeSeconds);
        message.data = data;
        return _store(message);
    }

    /// @notice Shard and address that sent the message that is being delivered. A recipient also checks that its
    /// caller is this contract.
    function crossShardSender() external view returns (uint256 source, address sender) {
        if (msg.sender != runningTo) revert NoMessage(msg.sender);
        return (runningSource, runningSender);
    }

    /// @notice Records counters of another shard's gateway, as proven by a cross-link. An older one changes nothing.
    /// @param height of the cross-link
    /// @param sent messages from there to here
    /// @param acknowledged messages from here that were delivered there
    function synchronize(uint16 other, uint64 height, uint64 sent, uint64 acknowledged) external onlySystem {
        _demandOther(other);
        Inbox storage inbox = inboxes[other];
        if (height <= inbox.height) return;
        inbox.height = height;
        Outbox storage outbox = outboxes[other];
        if (acknowledged > outbox.sent) revert AcknowledgementWrong(acknowledged, outbox.sent);
        if (acknowledged > outbox.acknowledged) outbox.acknowledged = acknowledged;
        (uint64 next, uint64 known) = (inbox.next, inbox.known);
        if (sent <= known) return;
        inbox.known = sent;
        if (next == known) inbox.since = uint64(block.timestamp);
    }

    /// @notice Consumes the next message of its source. The protocol has verified it, and issues the value.
    function deliver(Message calldata message) external payable onlySystem {
        uint16 source = message.source;
        _demandOther(source);
        if (message.destination != shard) revert ShardUnknown(message.destination);
        if (msg.value != message.value) revert ValueWrong(msg.value, message.value);
        Inbox storage inbox = inboxes[source];
        (uint64 next, uint64 known) = (inbox.next, inbox.known);
        if (message.index != next || next >= known) {
            revert MessageOutOfOrder(source, message.index, next, known);
        }
        inbox.next = next + 1;
        // A stalled source stays stalled, so that single deliveries do not renew the duty to include its messages.
        if (block.timestamp - inbox.since <= STALL_SECONDS) inbox.since = uint64(block.timestamp);
        inbox.value += msg.value;
        bytes32 id = keccak256(_encode(message));
        Outcome outcome = _perform(message);
        if (outcome == Outcome.Reverted || outcome == Outcome.Expired) _refund(message, id);
        emit MessageDelivered(id, source, next, outcome);
    }

    /// @dev Aborts the caller's gas: see `_useGas`.
    function consumeGas() external pure {
        assembly ("memory-safe") {
            invalid()
        }
    }

    function outboxOf(
        uint16 destination
    ) external view returns (uint256 sent, uint256 acknowledged, uint256 value) {
        Outbox storage outbox = outboxes[destination];
        return (outbox.sent, outbox.acknowledged, outbox.value);
    }

    function inboxOf(
        uint16 source
    ) external view returns (uint256 next, uint256 known, uint256 height, uint256 since, uint256 value) {
        Inbox storage inbox = inboxes[source];
        return (inbox.next, inbox.known, inbox.height, inbox.since, inbox.value);
    }

    function network() external view returns (uint256 ownShard, uint256 count, uint256 queue, uint256 lifetime) {
        return (shard, shards, queueMax, lifetimeSeconds);
    }

    /// @notice Gas limit of the call that delivers a message. A call passes on at most 63/64 of the remaining gas.
    function deliveryGas(uint256 gasLimit, uint256 dataBytes) public pure returns (uint256) {
        return GAS_FIXED + GAS_PER_BYTE * dataBytes + gasLimit + gasLimit / 63;
    }

    function _demandOther(uint16 other) private view {
        if (other >= shards || other == shard) revert ShardUnknown(other);
    }

    /// @dev Limits each pair of shards on its own. Undelivered messages in the other direction also count, because
    /// they bound the refunds that wait there. While there is room, this uses the same gas whatever waits, so that
    /// estimates stay right.
    function _demandRoom(uint16 destination) private view {
        Outbox storage outbox = outboxes[destination];
        Inbox storage inbox = inboxes[destination];
        uint256 out = outbox.sent - outbox.acknowledged;
        uint256 back = inbox.known - inbox.next;
        if (out >= queueMax || back >= queueMax) {
            revert QueueFull(destination, out > back ? out : back, queueMax);
        }
    }

    /// @dev Gas here pays for gas at the destination, as in Optimism's deposits.
    function _useGas(uint256 amount) private view {
        uint256 min = amount + amount / 63 + 3_000;
        if (gasleft() < min) revert GasTooLow(gasleft(), min);
        try this.consumeGas{gas: amount}() {} catch {}
    }

    function _perform(Message calldata message) private returns (Outcome) {
        if (message.kind == REFUND) {
            _credit(message.to, message.value);
            return Outcome.Credited;
        }
        if (block.timestamp > message.expiry) return Outcome.Expired;
        return _call(message) ? Outcome.Executed : Outcome.Reverted;
    }

    function _call(Message calldata message) private returns (bool isSuccess) {
        bytes memory data = message.data;
        (address to, uint256 value, uint256 gasLimit) = (message.to, message.value, message.gasLimit);
        (runningSource, runningSender, runningTo) = (message.source, message.sender, to);
        uint256 min = gasLimit + gasLimit / 63 + GAS_BESIDE_CALL;
        if (gasleft() < min) revert GasTooLow(gasleft(), min);
        // The returned data are not copied: their size is the recipient's choice.
        assembly ("memory-safe") {
            isSuccess := call(gasLimit, to, value, add(data, 32), mload(data), 0, 0)
        }
        (runningSource, runningSender, runningTo) = (0, address(0), address(0));
    }

    /// @dev A message without value needs no refund.
    function _refund(Message calldata failed, bytes32 id) private {
        if (failed.value == 0) return;
        Message memory message;
        message.kind = REFUND;
        message.destination = failed.source;
        message.sender = failed.to;
        message.to = failed.sender;
        message.value = failed.value;
        message.data = abi.encode(id);
        _store(message);
    }

    /// @dev Init code that self-destructs credits `to` without calling it: PUSH20 to SELFDESTRUCT.
    function _credit(address to, uint256 value) private {
        bytes memory initCode = abi.encodePacked(bytes1(0x73), to, bytes1(0xff));
        address created;
        assembly ("memory-safe") {
            created := create(value, add(initCode, 32), mload(initCode))
        }
        if (created == address(0)) revert RefundFailed(to);
    }

    /// @dev Sets source and index.
    function _store(Message memory message) private returns (bytes32 id) {
        Outbox storage outbox = outboxes[message.destination];
        uint64 index = outbox.sent;
        uint256 capacity = RING_FACTOR * queueMax;
        uint256 waiting = index - outbox.acknowledged;
        if (waiting >= capacity) revert QueueFull(message.destination, waiting, capacity);
        (message.source, message.index) = (shard, index);
        bytes memory encoded = _encode(message);
        id = keccak256(encoded);
        bytes32 previous = index == 0 ? bytes32(0) : outbox.heads[(index - 1) % capacity];
        outbox.heads[index % capacity] = keccak256(abi.encodePacked(previous, id));
        outbox.sent = index + 1;
        outbox.value += message.value;
        emit MessageSent(id, message.destination, index, encoded);
    }

    /// @dev SHARD-4. Only the last field has no fixed size, so different messages have different encodings.
    function _encode(Message memory message) private pure returns (bytes memory) {
        return
            bytes.concat(
                abi.encodePacked(VERSION, message.kind, message.source, message.destination, message.index),
                abi.encodePacked(message.sender, message.to, message.value, message.gasLimit, message.expiry),
                message.data
            );
    }
}
