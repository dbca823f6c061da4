import { expect, it } from "vitest";
import type { DagBlock } from "../live/DagBlock.ts";
import { DagScene } from "./DagScene.ts";

function chainTo(length: number): readonly DagBlock[] {
  return Array.from({ length }, (_, number) => ({
    hash: `0x${number}`,
    parents: number === 0 ? [] : [`0x${number - 1}`],
    blueScore: number,
    number,
    timestampMs: 0,
    stream: 0,
    miner: "0x",
    transactionCount: 0,
    color: "blue",
    isChainBlock: true,
  }));
}

const mapOf = (blocks: readonly DagBlock[]) => new Map(blocks.map((block) => [block.hash, block]));

it("marks final blocks, also below a newer known block", () => {
  const chain = chainTo(72);
  const scene = new DagScene();
  scene.update(mapOf(chain.slice(-1)), 69, 0);
  expect(scene.finalColumn).toBeUndefined();
  for (const final of [69, 70, 71]) {
    scene.update(mapOf(chain), final, 0);
    expect(scene.finalColumn).toBe(scene.blocks.get(`0x${final}`)!.x);
  }
});
