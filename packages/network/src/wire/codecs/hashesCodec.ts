import { type Codec, createCodec } from "../Codec.ts";
import { readHashes } from "../fields.ts";
import { BYTE_LIMITS } from "../limits.ts";
import type { HashesRequest } from "../messages.ts";

/** [NET-9] */
export function createHashesCodec(name: string, countMax: number): Codec<HashesRequest> {
  return createCodec(name, BYTE_LIMITS.hashes, {
    write: ({ hashes }) => [hashes],
    read: (fields) => ({ hashes: readHashes(fields, "hashes", countMax) }),
  });
}
