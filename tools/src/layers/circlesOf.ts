/** Tarjan, SIAM J. Comput. 1(2), 1972. Ignores targets outside the graph. */
export function circlesOf(graph: ReadonlyMap<string, Iterable<string>>): string[][] {
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];

  function visit(node: string): number {
    const index = indexes.size;
    indexes.set(node, index);
    lowest.set(node, index);
    open.push(node);
    for (const target of graph.get(node)!) {
      if (!graph.has(target)) continue;
      const reached = indexes.has(target) ? openIndex(target) : visit(target);
      lowest.set(node, Math.min(lowest.get(node)!, reached));
    }
    if (lowest.get(node) === index) {
      const circle = open.splice(open.indexOf(node));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return lowest.get(node)!;
  }

  function openIndex(node: string): number {
    return open.includes(node) ? indexes.get(node)! : Number.POSITIVE_INFINITY;
  }

  for (const node of graph.keys()) if (!indexes.has(node)) visit(node);
  return circles;
}
