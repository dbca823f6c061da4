// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Registers the key that signs for an account
/// @notice An account that never rotated its key has no entry: the key of its address signs for it. After a rotation
/// only the registered key does, for every transaction type, from the next chain block on. The protocol reads entries
/// directly from storage: docs/spec/transactions.md, TX-10 and TX-11.
contract KeyRegistry {
    /// @dev Slot 0, which must not move: the protocol reads an entry at keccak256(account, 0).
    mapping(address account => bytes32 keyId) private keyIds;

    event KeyRotated(address indexed account, bytes32 indexed previousKeyId, bytes32 indexed newKeyId);

    /// @notice Zero means the original key, which a rotation retires permanently.
    error KeyIdIsZero();

    /// @param newKeyId keccak256(0x50, algorithm, public key)
    function rotate(bytes32 newKeyId) external {
        if (newKeyId == 0) revert KeyIdIsZero();
        emit KeyRotated(msg.sender, keyIds[msg.sender], newKeyId);
        keyIds[msg.sender] = newKeyId;
    }

    /// @notice Zero if the key was never rotated.
    function keyOf(address account) external view returns (bytes32) {
        return keyIds[account];
    }
}
