import type { CallRequest } from "@trellis/protocol";
import { evmErrors } from "../errors.ts";
import type { CoreMemory } from "./CoreMemory.ts";
import { MAP } from "./memoryMap.ts";

const MESSAGE_SIZE = 264;

/** Returns the end of the data and the access list. @throws CALL_TOO_LARGE */
export function writeMessage(
  memory: CoreMemory,
  request: CallRequest,
  input: { readonly at: number; readonly size: number },
): number {
  const { accessList, data } = request;
  const keys = accessList.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0);
  const size = data.length + 96 + accessList.length * 64 + keys * 32;
  if (size + 64 > input.size)
    throw evmErrors.CALL_TOO_LARGE({ reason: "engine limit", limit: "inputBytes", size });
  memory.bytes.fill(0, MAP.MESSAGE, MAP.MESSAGE + MESSAGE_SIZE);
  memory.setAddress(MAP.MESSAGE + MAP.M_SENDER, request.from);
  if (request.to === null) memory.setU32(MAP.MESSAGE + MAP.M_CREATES, 1);
  else memory.setAddress(MAP.MESSAGE + MAP.M_TO, request.to);
  memory.setWord(MAP.MESSAGE + MAP.M_VALUE, request.value);
  memory.setWord(MAP.MESSAGE + MAP.M_MAX_FEE, request.maxFeePerGas);
  memory.setWord(MAP.MESSAGE + MAP.M_MAX_TIP, request.maxPriorityFeePerGas);
  memory.setU32(MAP.MESSAGE + MAP.M_TYPE, 2);
  memory.setU64(MAP.MESSAGE + MAP.M_GAS_LIMIT, request.gasLimit);
  memory.setU32(MAP.MESSAGE + MAP.M_DATA, input.at);
  memory.setU32(MAP.MESSAGE + MAP.M_DATA_LENGTH, data.length);
  memory.bytes.set(data, input.at);
  let at = (input.at + data.length + 63) & ~31;
  memory.setU32(MAP.MESSAGE + MAP.M_ACCESS_LIST, at);
  memory.setU32(MAP.MESSAGE + MAP.M_ACCESS_COUNT, accessList.length);
  for (const { address, storageKeys } of accessList) {
    memory.setAddress(at, address);
    memory.setU64(at + 32, BigInt(storageKeys.length));
    at += 64;
    for (const key of storageKeys) {
      memory.setHash(at, key);
      at += 32;
    }
  }
  return at;
}
