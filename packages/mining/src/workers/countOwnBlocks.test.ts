import { VirtualTime } from "@trellis/kit/time";
import type { BlockTemplate, Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { countOwnBlocks } from "./countOwnBlocks.ts";
import { Workers } from "./Workers.ts";

const ADDRESS = `0x${"aa".repeat(20)}` as const;
const BLOCK: Hash = `0x${"b1".repeat(32)}`;

it("the node's miner is a worker on each of its streams, with its measured hash rate", async () => {
  const followed: Hash[] = [];
  const finalBlocks = { follow: (hash: Hash) => void followed.push(hash) };
  const workers = new Workers({ clock: new VirtualTime(1_000), finalBlocks });
  let failure: Error | undefined;
  const builder = {
    createTemplate: async () =>
      ({ header: { stream: 2 }, target: 2n ** 255n - 1n }) as unknown as BlockTemplate,
    async importSealed() {
      if (failure !== undefined) throw failure;
      return BLOCK;
    },
  };
  const own = {
    address: ADDRESS,
    streams: [0, 2],
    device: "cpu",
    hashRate: (stream: number) => 100 + stream,
  };
  const counted = countOwnBlocks(builder, own, workers);
  const template = await counted.createTemplate({ miner: ADDRESS, stream: 2, extra: new Uint8Array(0) });
  expect(await counted.importSealed(template, 1n)).toBe(BLOCK);
  failure = new RangeError("refused");
  await expect(counted.importSealed(template, 1n)).rejects.toBe(failure);
  const row = { source: "node", worker: ADDRESS, device: "cpu", connections: 1 };
  expect(workers.statistics()).toMatchObject([
    { ...row, stream: 0, hashRate: 100, accepted: 0, blocks: 0 },
    { ...row, stream: 2, hashRate: 102, accepted: 1, blocks: 1, difficulty: 2 ** -31 },
  ]);
  expect(followed).toEqual([BLOCK]);
});
