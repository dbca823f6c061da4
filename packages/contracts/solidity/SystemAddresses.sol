// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Addresses of the system contracts in genesis. A test compares them with src/addresses.ts.

/// @dev Nobody has the key of this address: only the protocol calls from it (as in EIP-4788).
address constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;
address constant KEY_REGISTRY = 0x0000000000000000000000000000000000005001;
address constant TREASURY = 0x0000000000000000000000000000000000005002;
address constant STAKING = 0x0000000000000000000000000000000000005003;
address constant PARAMETERS = 0x0000000000000000000000000000000000005004;
address constant GOVERNOR = 0x0000000000000000000000000000000000005005;
address constant TIMELOCK = 0x0000000000000000000000000000000000005006;
address constant SHARD_GATEWAY = 0x0000000000000000000000000000000000005007;
address constant CROSS_LINKS = 0x0000000000000000000000000000000000005008;

/// @dev Precompile: returns 1 or 0 for 48 bytes of key, 96 of its proof of possession, 20 of the owner.
/// docs/spec/evm.md, EVM-12.
address constant BLS_POSSESSION = 0x0000000000000000000000000000000000000013;
