import { seededRandom } from "@trellis/kit";
import { expect, it } from "vitest";
import { LayerPlace } from "./StateLayer.ts";

interface Known {
  readonly place: LayerPlace;
  readonly number: number;
  readonly parent: Known | undefined;
}

function isOn(block: Known, ancestor: Known): boolean {
  for (let at: Known | undefined = block; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}

it("a position is above exactly its ancestors, also after the lowest are cut off", () => {
  const random = seededRandom(3);
  const blocks: Known[] = [];
  for (let count = 0; count < 3_000; count++) {
    const recent = blocks.slice(-4);
    const parent = random() < 0.9 ? blocks.at(-1) : recent[Math.floor(random() * recent.length)];
    const number = (parent?.number ?? 0) + 1;
    blocks.push({ place: new LayerPlace(number, parent?.place), number, parent });
  }
  const sample = (from: readonly Known[]): Known => from[Math.floor(random() * from.length)]!;
  for (let round = 0; round < 20_000; round++) {
    const [block, other] = [sample(blocks), sample(blocks)];
    expect(block.place.isAbove(other.place)).toBe(isOn(block, other));
  }
  const tip = blocks.at(-1)!;
  let lowest = tip;
  for (let step = 0; step < 200; step++) lowest = lowest.parent!;
  for (let at = lowest.parent; at !== undefined; at = at.parent) at.place.cut();
  const kept = blocks.filter((block) => isOn(block, lowest));
  for (let round = 0; round < 5_000; round++) {
    const [block, other] = [sample(kept), sample(kept)];
    expect(block.place.isAbove(other.place)).toBe(isOn(block, other));
  }
});
