import { type RlpReader, SHARD_NUMBER_MAX } from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { wireErrors } from "../errors.ts";
import { readItems, readText, textToBytes } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS, SIZE_LIMITS } from "../limits.ts";
import type { FollowedShards, NoFields } from "../messages.ts";

/** [NET-32] */
export const shardsRequestCodec: Codec<NoFields> = createCodec("shards request", BYTE_LIMITS.shardsRequest, {
  write: () => [],
  read: () => ({}),
});

export const followedShardsCodec: Codec<FollowedShards> = createCodec(
  "shards answer",
  BYTE_LIMITS.shardsAnswer,
  {
    write: ({ shards }) => [shards.map(({ shard, addresses }) => [shard, addresses.map(textToBytes)])],
    read: (fields) => {
      let last = 0;
      const shards = readItems(fields, "shards", COUNT_LIMITS.shards, (list) => {
        const followed = readShard(list.readList("shard"));
        if (followed.shard <= last)
          throw wireErrors.MESSAGE_MALFORMED({ field: "shard", reason: "not ascending from 1" });
        last = followed.shard;
        return followed;
      });
      return { shards };
    },
  },
);

function readShard(fields: RlpReader): FollowedShards["shards"][number] {
  const followed = {
    shard: fields.readNumber("shard", SHARD_NUMBER_MAX),
    addresses: readItems(fields, "addresses", COUNT_LIMITS.addresses, (list) =>
      readText(list, "address", SIZE_LIMITS.address),
    ),
  };
  fields.finish("shard");
  return followed;
}
