// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which key speaks for an account
/// @notice An account that never rotated has no entry: the key that its address was derived from speaks for it.
/// After a rotation only the key with the registered id does, whatever the type of the transaction that it signs,
/// from the next chain block on. The protocol reads the entry straight from storage: docs/spec/transactions.md, TX-10 and TX-11.
contract KeyRegistry {
    /// @dev Slot 0. The protocol computes the slot of an entry as keccak256(account, 0): it must not move.
    mapping(address account => bytes32 keyId) private keyIds;

    event KeyRotated(address indexed account, bytes32 indexed previousKeyId, bytes32 indexed newKeyId);

    /// @notice Zero stands for the original key, which a rotation retires for good.
    error KeyIdIsZero();

    /// @notice Lets another key speak for the caller.
    /// @param newKeyId keccak256(0x50, algorithm, public key)
    function rotate(bytes32 newKeyId) external {
        if (newKeyId == 0) revert KeyIdIsZero();
        emit KeyRotated(msg.sender, keyIds[msg.sender], newKeyId);
        keyIds[msg.sender] = newKeyId;
    }

    /// @notice The id of the key that speaks for an account; zero if it never rotated.
    function keyOf(address account) external view returns (bytes32) {
        return keyIds[account];
    }
}
