import type { ChainView, Hash } from "@trellis/protocol";
import type { SimNode } from "../node/SimNode.ts";

type Chained = Pick<SimNode, "chain">;

/** Blue score of the longest branch that is not on the heaviest chain. */
export function branchScore(nodes: readonly Chained[]): number {
  const heaviest = heaviestOf(nodes);
  if (heaviest === undefined) return 0;
  return Math.max(0, ...viewsOf(nodes).map((view) => ownScore(view, heaviest)));
}

/** Blue score of the part of the heaviest chain that the node lacks. */
export function missingScore({ chain }: Chained, nodes: readonly Chained[]): number {
  const heaviest = heaviestOf(nodes);
  if (heaviest === undefined) return 0;
  return chain === undefined ? heaviest.head().header.blueScore : ownScore(heaviest, chain.view);
}

function viewsOf(nodes: readonly Chained[]): ChainView[] {
  return nodes.flatMap(({ chain }) => (chain === undefined ? [] : [chain.view]));
}

function heaviestOf(nodes: readonly Chained[]): ChainView | undefined {
  const [first, ...others] = viewsOf(nodes);
  const workOf = (view: ChainView): bigint => view.head().header.blueWork;
  return first && others.reduce((best, view) => (workOf(view) > workOf(best) ? view : best), first);
}

function ownScore(view: ChainView, other: ChainView): number {
  const { hash, header } = view.head();
  let fork: Hash | undefined = hash;
  while (fork !== undefined && !other.isOnSelectedChain(fork)) fork = view.block(fork)?.header.parents[0];
  const common = fork === undefined ? undefined : view.block(fork);
  return header.blueScore - (common?.header.blueScore ?? 0);
}
