import type { RlpReader } from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { readHashes, readItems, readText, textToBytes } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS, SIZE_LIMITS } from "../limits.ts";
import type { Hello, HelloFork } from "../messages.ts";

const UINT64_MAX = (1n << 64n) - 1n;
const SHARD_MAX = 0xffff;

/** [NET-7] */
export const helloCodec: Codec<Hello> = createCodec("hello", BYTE_LIMITS.hello, {
  write: (hello) => [
    hello.chainId,
    hello.genesis,
    hello.forks.map(({ name, number }) => [textToBytes(name), number]),
    hello.shard,
    textToBytes(hello.agent),
    [hello.sink.hash, hello.sink.number, hello.sink.blueWork],
    [hello.finalized.hash, hello.finalized.number],
    [hello.oldest.hash, hello.oldest.number],
    hello.tips,
    hello.states,
  ],
  read: (fields) => ({
    chainId: fields.readUint("chainId", UINT64_MAX),
    genesis: fields.readHash("genesis"),
    forks: readItems(fields, "forks", COUNT_LIMITS.forks, readFork),
    shard: fields.readNumber("shard", SHARD_MAX),
    agent: readText(fields, "agent", SIZE_LIMITS.agent),
    sink: readSink(fields.readList("sink")),
    finalized: readBlock(fields.readList("finalized"), "finalized"),
    oldest: readBlock(fields.readList("oldest"), "oldest"),
    tips: readHashes(fields, "tips", COUNT_LIMITS.tips),
    states: readHashes(fields, "states", COUNT_LIMITS.states),
  }),
});

function readFork(list: RlpReader): HelloFork {
  const fields = list.readList("fork");
  const fork = {
    name: readText(fields, "fork name", SIZE_LIMITS.forkName),
    number: fields.readNumber("fork number"),
  };
  fields.finish("fork");
  return fork;
}

function readSink(fields: RlpReader): Hello["sink"] {
  const sink = {
    hash: fields.readHash("sink hash"),
    number: fields.readNumber("sink number"),
    blueWork: fields.readUint("sink blueWork"),
  };
  fields.finish("sink");
  return sink;
}

function readBlock(fields: RlpReader, name: "finalized" | "oldest"): Hello["oldest"] {
  const block = { hash: fields.readHash(`${name} hash`), number: fields.readNumber(`${name} number`) };
  fields.finish(name);
  return block;
}
