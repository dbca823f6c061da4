import { parseAbi } from "viem";

/** [TX-10] */
export const keyRegistry = {
  address: "0x0000000000000000000000000000000000005001",
  abi: parseAbi([
    "event KeyRotated(address indexed account, bytes32 indexed previousKeyId, bytes32 indexed newKeyId)",
    "function keyOf(address account) view returns (bytes32)",
  ]),
} as const;
