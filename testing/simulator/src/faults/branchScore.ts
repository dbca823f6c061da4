import type { ChainView, Hash } from "@trellis/protocol";
import type { SimNode } from "../node/SimNode.ts";

/** The most blue score that a node's chain has above its last block that is on the heaviest chain of all too. */
export function branchScore(nodes: readonly Pick<SimNode, "chain">[]): number {
  const views = nodes.flatMap(({ chain }) => (chain === undefined ? [] : [chain.view]));
  const heads = views.map((view) => view.head().header);
  const heaviest = heads.reduce(
    (best, { blueWork }, at) => (blueWork > heads[best]!.blueWork ? at : best),
    0,
  );
  return Math.max(0, ...views.map((view) => ownScore(view, views[heaviest]!)));
}

function ownScore(view: ChainView, other: ChainView): number {
  const { hash, header } = view.head();
  let fork: Hash | undefined = hash;
  while (fork !== undefined && !other.isOnSelectedChain(fork)) fork = view.block(fork)?.header.parents[0];
  const common = fork === undefined ? undefined : view.block(fork);
  return header.blueScore - (common?.header.blueScore ?? 0);
}
