import { bytesToHex } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { BlockTemplate } from "@trellis/protocol";
import { expect, it } from "vitest";
import { TemplateStore } from "./TemplateStore.ts";

const rootOf = (miner: string, index: number): Uint8Array => Buffer.from(`${miner}${index}`.padEnd(32));
const templateOf = (miner: string, index: number): BlockTemplate =>
  ({ header: { stream: 1, miner }, sealRoot: rootOf(miner, index) }) as unknown as BlockTemplate;

it("beyond 256 templates, the pair with most loses its oldest [MINE-3]", () => {
  const store = new TemplateStore(new VirtualTime(0));
  const isKept = (miner: string, index: number) => store.get(bytesToHex(rootOf(miner, index))) !== undefined;
  for (let index = 0; index < 4; index++) store.add(templateOf("few", index));
  for (let index = 0; index < 260; index++) store.add(templateOf("many", index));
  expect([0, 1, 2, 3].map((index) => isKept("few", index))).toEqual([true, true, true, true]);
  expect([7, 8, 259].map((index) => isKept("many", index))).toEqual([false, true, true]);
});
