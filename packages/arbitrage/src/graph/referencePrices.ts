interface PricedGraph {
  readonly tokens: { readonly length: number };
  readonly swapFrom: Int32Array;
  readonly swapTo: Int32Array;
  readonly swapLogRate: Float64Array;
  readonly swapKept: Float64Array;
  readonly swapReserveIn: Float64Array;
  readonly swapInputMax: Float64Array;
  readonly pairStart: Int32Array;
  readonly pairTo: Int32Array;
  readonly pairSwapStart: Int32Array;
  readonly pairSwaps: Int32Array;
  degreeOf(token: number): number;
}

/**
 * ln of prices without fees, through the deepest pools (Prim's maximum spanning tree by reserve value). Each
 * component's root is the token with the most neighbours.
 * @returns by token id: a base unit of token t is worth exp(result[t]) base units of its root
 */
export function referencePrices(graph: PricedGraph): Float64Array {
  const count = graph.tokens.length;
  const logPrices = new Float64Array(count).fill(Number.NaN);
  const roots = Int32Array.from({ length: count }, (_, token) => token).sort(
    (a, b) => graph.degreeOf(b) - graph.degreeOf(a) || a - b,
  );
  const queue = new MaxHeap();
  for (const root of roots) {
    if (!Number.isNaN(logPrices[root]!)) continue;
    logPrices[root] = 0;
    pushSwapsFrom(graph, root, logPrices, queue);
    for (let swap = queue.pop(); swap >= 0; swap = queue.pop()) {
      const to = graph.swapTo[swap]!;
      if (!Number.isNaN(logPrices[to]!)) continue;
      const feeless = graph.swapLogRate[swap]! - Math.log(graph.swapKept[swap]!);
      logPrices[to] = logPrices[graph.swapFrom[swap]!]! - feeless;
      pushSwapsFrom(graph, to, logPrices, queue);
    }
  }
  return logPrices;
}

function pushSwapsFrom(graph: PricedGraph, token: number, logPrices: Float64Array, queue: MaxHeap): void {
  const { pairStart, pairSwapStart, pairSwaps, pairTo, swapLogRate, swapReserveIn, swapInputMax } = graph;
  for (let pair = pairStart[token]!; pair < pairStart[token + 1]!; pair++) {
    if (!Number.isNaN(logPrices[pairTo[pair]!]!)) continue;
    for (let at = pairSwapStart[pair]!; at < pairSwapStart[pair + 1]!; at++) {
      const swap = pairSwaps[at]!;
      if (swapLogRate[swap] === Number.NEGATIVE_INFINITY) continue;
      const held = Math.min(swapReserveIn[swap]!, swapInputMax[swap]!);
      queue.push(swap, logPrices[token]! + Math.log(held));
    }
  }
}

class MaxHeap {
  readonly #items: number[] = [];
  readonly #keys: number[] = [];

  push(item: number, key: number): void {
    let at = this.#items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#keys[parent]! >= key) break;
      this.#items[at] = this.#items[parent]!;
      this.#keys[at] = this.#keys[parent]!;
      at = parent;
    }
    this.#items[at] = item;
    this.#keys[at] = key;
  }

  pop(): number {
    const top = this.#items[0];
    if (top === undefined) return -1;
    const item = this.#items.pop()!;
    const key = this.#keys.pop()!;
    const size = this.#items.length;
    if (size === 0) return top;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#keys[child + 1]! > this.#keys[child]!) child++;
      if (this.#keys[child]! <= key) break;
      this.#items[at] = this.#items[child]!;
      this.#keys[at] = this.#keys[child]!;
      at = child;
    }
    this.#items[at] = item;
    this.#keys[at] = key;
    return top;
  }
}
