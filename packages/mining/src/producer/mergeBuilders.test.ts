import { hexToBytes, silentLog } from "@trellis/base";
import {
  type BlockBuilder,
  type BlockTemplate,
  createGenesis,
  devParameters,
  EMPTY_BODY,
  type Hash,
  sealHash,
  sealRoot,
  ZERO_HASH,
} from "@trellis/protocol";
import { beforeEach, expect, it } from "vitest";
import { createWorkVerifier } from "../verification/createWorkVerifier.ts";
import { mergeBuilders } from "./mergeBuilders.ts";

const parameters = devParameters({ accounts: [] });
const HARDEST = 2n ** 256n / 64n;
const STREAM = parameters.streams.findIndex(({ algorithm }) => algorithm === "heavy");
const request = { miner: `0x${"aa".repeat(20)}`, stream: STREAM, extra: new Uint8Array(0) } as const;
const work = createWorkVerifier({ workers: 0 });

let imported: { readonly shard: number; readonly template: BlockTemplate; readonly nonce: bigint }[];
let warned: unknown[];
const log = { ...silentLog, warn: (event: string, facts?: object) => void warned.push({ event, ...facts }) };

beforeEach(() => {
  imported = [];
  warned = [];
});

const blockOf = (shard: number): Hash => `0x${`${shard}`.padStart(64, "0")}`;

function builderOf(
  shard: number,
  target: bigint,
  failure: { build?: Error; import?: Error } = {},
): BlockBuilder {
  return {
    async createTemplate({ stream }) {
      if (failure.build !== undefined) throw failure.build;
      const header = { ...createGenesis(parameters, ZERO_HASH, shard).header, stream };
      return {
        header,
        body: EMPTY_BODY,
        sealRoot: hexToBytes(sealRoot(shard, sealHash(header), [])),
        target,
      };
    },
    async importSealed(template, nonce) {
      if (failure.import !== undefined) throw failure.import;
      imported.push({ shard, template, nonce });
      return blockOf(shard);
    },
  };
}

const merge = (...builders: readonly [number, BlockBuilder][]) =>
  mergeBuilders(parameters.streams, new Map(builders), { work, log });

/** First nonce whose hash is in the range. */
async function nonceBetween(
  { sealRoot: root }: BlockTemplate,
  above: bigint,
  atMost: bigint,
): Promise<bigint> {
  for (let nonce = 0n; ; nonce++) {
    const hash = await work.hash({ parameters: parameters.streams[STREAM]!, sealRoot: root, nonce });
    if (hash > above && hash <= atMost) return nonce;
  }
}

it("BLOCK-4.3: one nonce seals each template whose target it meets", async () => {
  const easiest = HARDEST * 16n;
  const builder = merge(
    [0, builderOf(0, HARDEST)],
    [1, builderOf(1, easiest)],
    [3, builderOf(3, HARDEST * 4n)],
  );
  const template = await builder.createTemplate(request);
  expect(template).toMatchObject({ header: { shard: 0, stream: STREAM }, target: easiest });
  expect(await builder.importSealed(template, await nonceBetween(template, -1n, HARDEST))).toBe(blockOf(0));
  expect(imported.map(({ shard }) => shard)).toEqual([0, 1, 3]);
  for (const { shard, template: sealed } of imported)
    expect(hexToBytes(sealRoot(shard, sealHash(sealed.header), sealed.header.seal.branch))).toEqual(
      template.sealRoot,
    );
  imported = [];
  const few = await nonceBetween(template, HARDEST, HARDEST * 4n);
  expect(await builder.importSealed(template, few)).toBe(blockOf(1));
  expect(imported.map(({ shard, nonce }) => [shard, nonce])).toEqual([
    [1, few],
    [3, few],
  ]);
  expect(warned).toEqual([]);
});

it("WORK_INSUFFICIENT: a nonce that meets no target", async () => {
  const builder = merge([0, builderOf(0, HARDEST)], [1, builderOf(1, HARDEST)]);
  const template = await builder.createTemplate(request);
  const nonce = await nonceBetween(template, HARDEST, 2n ** 256n);
  await expect(builder.importSealed(template, nonce)).rejects.toMatchObject({ code: "WORK_INSUFFICIENT" });
  expect(imported).toEqual([]);
});

it("a shard that fails stops no other", async () => {
  const [away, full] = [new Error("away"), new Error("full")];
  const broken = builderOf(0, HARDEST, { build: away });
  const builder = merge(
    [0, broken],
    [1, builderOf(1, HARDEST, { import: full })],
    [2, builderOf(2, HARDEST)],
  );
  const template = await builder.createTemplate(request);
  expect(template.header.shard).toBe(1);
  expect(await builder.importSealed(template, await nonceBetween(template, -1n, HARDEST))).toBe(blockOf(2));
  expect(warned).toEqual([
    { event: "template.leftOut", shard: 0, error: away },
    { event: "block.refused", shard: 1, error: full },
  ]);
  await expect(merge([0, broken]).createTemplate(request)).rejects.toBe(away);
});

it("BLOCK-4.3: templates leave out a shard that syncs, without a warning", async () => {
  const builders = new Map([0, 1, 2].map((shard) => [shard, builderOf(shard, HARDEST)] as const));
  const isReady = (shard: number): boolean => shard !== 1;
  const builder = mergeBuilders(parameters.streams, builders, { work, log, isReady });
  const template = await builder.createTemplate(request);
  const { seal } = template.header;
  for (let nonce = 0n; imported.length === 0; nonce++)
    await builder.importSealed(template, nonce).catch(() => undefined);
  expect(imported.map(({ shard }) => shard)).toEqual([0, 2]);
  expect(seal.branch.length).toBeGreaterThan(0);
  expect(warned).toEqual([]);
});
