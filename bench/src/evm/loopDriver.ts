import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import type { Address } from "@trellis/protocol";

/**
 * Repeats a call, so that HTTP overhead is negligible. Call data: count, address, data. Returns the last
 * output; reverts if a call fails.
 */
export const LOOP_DRIVER = hexToBytes(
  [
    "0x",
    "604036038060405f37", // PUSH1 64 CALLDATASIZE SUB DUP1 PUSH1 64 PUSH0 CALLDATACOPY
    "5f35", // PUSH0 CALLDATALOAD
    "5b80156026575f5f83", // 0x0b: JUMPDEST DUP1 ISZERO PUSH1 end JUMPI PUSH0 PUSH0 DUP4
    "5f5f6020355af1", // PUSH0 PUSH0 PUSH1 32 CALLDATALOAD GAS CALL
    "15602e576001900360", // ISZERO PUSH1 fail JUMPI PUSH1 1 SWAP1 SUB PUSH1
    "0b56", // loop JUMP
    "5b3d5f5f3e3d5ff3", // end: JUMPDEST RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY RETURNDATASIZE PUSH0 RETURN
    "5b5f5ffd", // fail: JUMPDEST PUSH0 PUSH0 REVERT
  ].join(""),
);

export function loopData(times: number, target: Address, data: Uint8Array): Uint8Array {
  return concatBytes(bigintToBytes(BigInt(times), 32), bigintToBytes(BigInt(target), 32), data);
}
