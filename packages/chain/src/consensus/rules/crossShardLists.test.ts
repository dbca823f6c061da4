import {
  ANCHORED_HEADER_VERSION,
  type Body,
  type CrossShardLists,
  createBlock,
  createGenesis,
  devParameters,
  EMPTY_BODY,
  EMPTY_CROSS_SHARD_LISTS,
  HEADER_VERSION,
  type Message,
  type MessageBatch,
  parametersOfShard,
  withShards,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { verifyCrossShardLists } from "./crossShardLists.ts";

const parameters = parametersOfShard(withShards(devParameters({ accounts: [] }), 3), 0);
const { header } = createGenesis(parameters, ZERO_HASH);
const batchOf = (source: number): MessageBatch => ({
  source,
  previousHead: ZERO_HASH,
  messages: [],
  proof: { accountNodes: [], storageNodes: [] },
});
const message: Message = {
  kind: "call",
  source: 0,
  destination: 1,
  index: 0,
  sender: `0x${"11".repeat(20)}`,
  to: `0x${"22".repeat(20)}`,
  value: 3n,
  gasLimit: 4n,
  expiry: 5,
  data: new Uint8Array(0),
};
const invalid = (reason: string) =>
  expect.objectContaining({ code: "BLOCK_INVALID", facts: expect.objectContaining({ reason }) });
const certificate = {
  ...{ epoch: 1, height: 7, round: 0, step: "precommit" as const, value: ZERO_HASH },
  ...{ signers: new Uint8Array(8), signature: new Uint8Array(96) },
};

function verify(
  shard: number,
  lists: Partial<CrossShardLists>,
  { version = ANCHORED_HEADER_VERSION, ...votes }: Partial<Body> & { readonly version?: number } = {},
): void {
  const anchor = { hash: ZERO_HASH, number: 0, epoch: 0 };
  const body = { ...EMPTY_BODY, ...votes, crossShard: { ...EMPTY_CROSS_SHARD_LISTS, ...lists } };
  verifyCrossShardLists(createBlock({ ...header, version, shard, anchor }, body), parameters);
}

describe("SHARD-14: lists of a body", () => {
  it("belong to version 2", () => {
    verify(0, {});
    expect(() => verify(0, {}, { version: HEADER_VERSION })).toThrow(invalid("body of another version"));
    const anchored = { ...header, version: ANCHORED_HEADER_VERSION };
    verifyCrossShardLists(createBlock({ ...header, version: HEADER_VERSION }, EMPTY_BODY), parameters);
    expect(() => verifyCrossShardLists(createBlock(anchored, EMPTY_BODY), parameters)).toThrow(
      invalid("body of another version"),
    );
  });

  it("have one batch of each other shard", () => {
    verify(1, { batches: [batchOf(0), batchOf(2)] });
    for (const source of [1, 3, 0xffff])
      expect(() => verify(1, { batches: [batchOf(0), batchOf(source)] })).toThrow(
        invalid("batch of the own or an unknown shard"),
      );
    expect(() => verify(1, { batches: [batchOf(2), batchOf(0), batchOf(2)] })).toThrow(
      invalid("second batch of a shard"),
    );
  });

  it("SHARD-8: a batch has consecutive messages of its queue", () => {
    const of = (index: number, fields: Partial<Message> = {}) => ({ ...message, index, ...fields });
    const batch = (...messages: readonly Message[]) => ({ batches: [{ ...batchOf(0), messages }] });
    verify(1, batch(of(7), of(8), of(9)));
    for (const messages of [
      [of(7), of(9)],
      [of(7), of(7)],
      [of(8), of(7)],
      [of(7), of(8, { source: 2 })],
      [of(7, { destination: 2 })],
    ])
      expect(() => verify(1, batch(...messages))).toThrow(invalid("message of another queue or position"));
  });

  it("SHARD-16.1: have evidence of known shards", () => {
    const vote = { epoch: 1, height: 7, round: 0, step: "prevote" as const, value: ZERO_HASH, validator: 2 };
    const signed = { message: vote, signature: new Uint8Array(96) };
    verify(0, {}, { evidence: [{ first: signed, second: signed, shard: 2 }] });
    const unknown = { evidence: [{ first: signed, second: signed, shard: 3 }] };
    expect(() => verify(0, {}, unknown)).toThrow(invalid("evidence of an unknown shard"));
  });

  it("SHARD-14.3: have votes and cross-links only in shard 0", () => {
    const crossLinks = [{ header, certificate }];
    const vote = { epoch: 1, height: 7, round: 0, step: "prevote" as const, value: ZERO_HASH, validator: 2 };
    const signed = { message: vote, signature: new Uint8Array(96) };
    const cases = [
      [{ crossLinks }, {}],
      [{}, { certificates: [certificate] }],
      [{}, { evidence: [{ first: signed, second: signed }] }],
    ] as const;
    for (const [lists, votes] of cases) {
      verify(0, lists, votes);
      expect(() => verify(2, lists, votes)).toThrow(invalid("votes or cross-links outside shard 0"));
    }
  });
});
