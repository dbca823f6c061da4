import type { Hex } from "@trellis/base";
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem/utils";
import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";

/** [TX-10] [TX-11] */
export const KEY_REGISTRY: Hex = "0x0000000000000000000000000000000000005001";

export const keyRegistryAbi = parseAbi([
  "function rotate(bytes32 newKeyId)",
  "function keyOf(address account) view returns (bytes32)",
  "event KeyRotated(address indexed account, bytes32 indexed previousKeyId, bytes32 indexed newKeyId)",
]);

const NEVER = /^0x0{64}$/;

export function rotateData(newKeyId: Hex): Hex {
  return encodeFunctionData({ abi: keyRegistryAbi, functionName: "rotate", args: [newKeyId] });
}

/** Undefined if never rotated. @throws NODE_OF_OTHER_CHAIN if the chain lacks the registry */
export async function registeredKey(
  client: ChainClient,
  account: Hex,
  blockHash: Hex,
): Promise<Hex | undefined> {
  const data = encodeFunctionData({ abi: keyRegistryAbi, functionName: "keyOf", args: [account] });
  const answer = await client.call(KEY_REGISTRY, data, blockHash);
  // A call to an account without code succeeds and returns nothing.
  if (answer?.length !== 66) {
    throw clientErrors.NODE_OF_OTHER_CHAIN({ node: client.name, expected: `KeyRegistry at ${KEY_REGISTRY}` });
  }
  const keyId = decodeFunctionResult({ abi: keyRegistryAbi, functionName: "keyOf", data: answer });
  return NEVER.test(keyId) ? undefined : keyId;
}
