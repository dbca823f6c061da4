/** Minimum degree ordering (Tinney and Walker, 1967). */
export function eliminationOrder(nodeCount: number, edges: Iterable<readonly [number, number]>): Int32Array {
  const neighbours = Array.from({ length: nodeCount }, () => new Set<number>());
  for (const [a, b] of edges) {
    if (a === b) continue;
    neighbours[a]!.add(b);
    neighbours[b]!.add(a);
  }
  const buckets: number[][] = [];
  const place = (node: number): void => {
    const degree = neighbours[node]!.size;
    while (buckets.length <= degree) buckets.push([]);
    buckets[degree]!.push(node);
  };
  for (let node = 0; node < nodeCount; node++) place(node);
  const order = new Int32Array(nodeCount);
  const isOut = new Uint8Array(nodeCount);
  let count = 0;
  for (let degree = 0; count < nodeCount; ) {
    const node = buckets[degree]?.pop();
    if (node === undefined) {
      degree++;
      continue;
    }
    if (isOut[node] === 1 || neighbours[node]!.size !== degree) continue;
    isOut[node] = 1;
    order[count++] = node;
    const around = [...neighbours[node]!];
    for (const a of around) {
      neighbours[a]!.delete(node);
      for (const b of around) if (a !== b) neighbours[a]!.add(b);
    }
    for (const a of around) {
      place(a);
      degree = Math.min(degree, neighbours[a]!.size);
    }
    // The remaining graph is complete, so any order is optimal.
    if (degree >= nodeCount - count - 1) {
      for (let rest = 0; rest < nodeCount; rest++) if (isOut[rest] === 0) order[count++] = rest;
    }
  }
  return order;
}
