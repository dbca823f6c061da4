import type { NetworkDual } from "./NetworkDual.ts";

interface Forest {
  /** Tokens except roots. Each token precedes its parent. */
  readonly leavesFirst: readonly number[];
  /** Swaps with tokens closer to a root, the forest's swap first. */
  readonly swapsToRoot: readonly (readonly number[])[];
  readonly isReached: Uint8Array;
}

/**
 * Maximum spanning forest (Kruskal, 1956). All roots count as one node. Only a pool's last swap is eligible.
 */
export function spanningForest(
  dual: NetworkDual,
  values: Float64Array,
  weights: Float64Array,
  isRoot: Uint8Array,
): Forest {
  const neighbours = Array.from({ length: dual.tokenCount }, (): number[] => []);
  const groups = new Groups(dual.tokenCount + 1);
  for (let token = 0; token < dual.tokenCount; token++)
    if (isRoot[token] === 1) groups.join(token, dual.tokenCount);
  const active = [...values.keys()]
    .filter((swap) => values[swap]! > 0)
    .sort((a, b) => weights[b]! - weights[a]! || values[b]! - values[a]!);
  const lastOfPool = new Map<number, number>();
  for (const swap of active)
    lastOfPool.set(dual.pools[swap]!, Math.max(swap, lastOfPool.get(dual.pools[swap]!) ?? 0));
  for (const swap of active) {
    const [from, to] = [dual.from[swap]!, dual.to[swap]!];
    if (lastOfPool.get(dual.pools[swap]!) !== swap || !groups.join(from, to)) continue;
    neighbours[from]!.push(swap);
    neighbours[to]!.push(swap);
  }
  const isReached = Uint8Array.from(isRoot);
  const rootsFirst = [...isRoot.keys()].filter((token) => isRoot[token] === 1);
  const rootCount = rootsFirst.length;
  const swapsToRoot = Array.from({ length: dual.tokenCount }, (): number[] => []);
  for (let at = 0; at < rootsFirst.length; at++) {
    const token = rootsFirst[at]!;
    for (const swap of neighbours[token]!) {
      const next = dual.from[swap] === token ? dual.to[swap]! : dual.from[swap]!;
      if (isReached[next] === 1) continue;
      isReached[next] = 1;
      swapsToRoot[next]!.push(swap);
      rootsFirst.push(next);
    }
  }
  const order = new Int32Array(dual.tokenCount);
  for (const [at, token] of rootsFirst.entries()) order[token] = at;
  for (const swap of active) {
    const [from, to] = [dual.from[swap]!, dual.to[swap]!];
    if (isReached[from] === 0 || isReached[to] === 0) continue;
    const further = order[from]! > order[to]! ? from : to;
    if (swapsToRoot[further]![0] !== swap) swapsToRoot[further]!.push(swap);
  }
  return { leavesFirst: rootsFirst.slice(rootCount).reverse(), swapsToRoot, isReached };
}

/** Union–find (Tarjan, 1975). */
class Groups {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, item) => item);
  }

  join(a: number, b: number): boolean {
    const [rootA, rootB] = [this.#root(a), this.#root(b)];
    this.#parent[rootA] = rootB;
    return rootA !== rootB;
  }

  #root(item: number): number {
    let at = item;
    while (this.#parent[at] !== at) {
      this.#parent[at] = this.#parent[this.#parent[at]!]!;
      at = this.#parent[at]!;
    }
    return at;
  }
}
