import { describe, expect, it } from "vitest";
import type { SimNode } from "../node/SimNode.ts";
import { branchScore, missingScore } from "./branchScore.ts";

type Known = Pick<SimNode, "chain">;

/** Each letter is a block with one blue score and one work. */
function nodeWith(chain: string): Known {
  const block = (hash: string) => {
    const at = chain.indexOf(hash);
    const parents = at === 0 ? [] : [chain[at - 1]];
    return at < 0 ? undefined : { hash, header: { blueScore: at, blueWork: BigInt(at), parents } };
  };
  const view = {
    block,
    head: () => block(chain.at(-1)!),
    isOnSelectedChain: (hash: string) => chain.includes(hash),
  };
  return { chain: { view } } as unknown as Known;
}

describe("how far nodes are apart", () => {
  it("is what a node has that the heaviest has not", () => {
    expect(branchScore([nodeWith("gabcdef"), nodeWith("gaxyz"), nodeWith("gabp")])).toBe(3);
  });

  it("is what the heaviest has that a node has not", () => {
    const nodes = [nodeWith("gabcdef"), nodeWith("gaxyz")];
    expect(nodes.map((node) => missingScore(node, nodes))).toEqual([0, 5]);
    expect(missingScore(nodeWith("gabcd"), nodes)).toBe(2);
    expect(missingScore({ chain: undefined }, nodes)).toBe(6);
  });

  it("is nothing for who only is behind, down, or alone", () => {
    expect(branchScore([nodeWith("gab"), nodeWith("gabcdef"), { chain: undefined }])).toBe(0);
    expect(branchScore([nodeWith("gab")])).toBe(0);
    expect(branchScore([])).toBe(0);
  });
});
