import { hexToBytes } from "@trellis/base";
import type { Hash, RlpReader } from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { wireErrors } from "../errors.ts";
import { copyBytes, optionalBytes, readCount, readFlag, readItems, readOptionalHash } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS, SIZE_LIMITS } from "../limits.ts";
import type { StateRangeAnswer, StateRangeRequest } from "../messages.ts";

/** [NET-14] */
export const stateRangeRequestCodec: Codec<StateRangeRequest> = createCodec(
  "state range request",
  BYTE_LIMITS.stateRequest,
  {
    write: ({ block, owner, from, bytesMax }) => [block, optionalBytes(owner, hexToBytes), from, bytesMax],
    read: (fields) => ({
      block: fields.readHash("block"),
      owner: readOptionalHash(fields, "owner"),
      from: fields.readHash("from"),
      bytesMax: readCount(fields, "bytesMax", SIZE_LIMITS.stateRange),
    }),
  },
);

export const stateRangeAnswerCodec: Codec<StateRangeAnswer> = createCodec(
  "state range answer",
  BYTE_LIMITS.stateAnswer,
  {
    write: ({ entries, proof, isEnd }) => [
      entries.map(({ key, value }) => [key, value]),
      proof,
      isEnd ? 1 : 0,
    ],
    read: (fields) => ({
      entries: readEntries(fields),
      proof: readItems(fields, "proof", COUNT_LIMITS.proofNodes, (list) =>
        copyBytes(list.readBytes("proof node", SIZE_LIMITS.proofNode)),
      ),
      isEnd: readFlag(fields, "isEnd"),
    }),
  },
);

function readEntries(fields: RlpReader): StateRangeAnswer["entries"] {
  let last: Hash | undefined;
  return readItems(fields, "entries", COUNT_LIMITS.stateEntries, (list) => {
    const entry = list.readList("entry");
    const key = entry.readHash("key");
    const value = copyBytes(entry.readBytes("value", SIZE_LIMITS.stateValue));
    entry.finish("entry");
    if (last !== undefined && key <= last) {
      throw wireErrors.MESSAGE_MALFORMED({ field: "entries", reason: "keys do not ascend" });
    }
    last = key;
    return { key, value };
  });
}
