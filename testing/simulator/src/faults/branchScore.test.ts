import { describe, expect, it } from "vitest";
import type { SimNode } from "../node/SimNode.ts";
import { branchScore, missingScore } from "./branchScore.ts";

type Known = Pick<SimNode, "chain">;

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

describe("divergence of nodes", () => {
  it("counts blocks that a node has and the heaviest lacks", () => {
    expect(branchScore([nodeWith("gabcdef"), nodeWith("gaxyz"), nodeWith("gabp")])).toBe(3);
  });

  it("counts blocks that the heaviest has and a node lacks", () => {
    const nodes = [nodeWith("gabcdef"), nodeWith("gaxyz")];
    expect(nodes.map((node) => missingScore(node, nodes))).toEqual([0, 5]);
    expect(missingScore(nodeWith("gabcd"), nodes)).toBe(2);
    expect(missingScore({ chain: undefined }, nodes)).toBe(6);
  });

  it("is zero for a node that is only behind, down, or alone", () => {
    expect(branchScore([nodeWith("gab"), nodeWith("gabcdef"), { chain: undefined }])).toBe(0);
    expect(branchScore([nodeWith("gab")])).toBe(0);
    expect(branchScore([])).toBe(0);
  });
});
