import { alg, Graph } from "@dagrejs/graphlib";
import type { TokenGraph } from "@trellis/arbitrage";
import { startTimer } from "./timing.ts";

export function detectByGraphlib(graph: TokenGraph) {
  const peer = new Graph();
  for (let pair = 0; pair < graph.pairCount; pair++) {
    if (graph.pairLogRate[pair]! === Number.NEGATIVE_INFINITY) continue;
    peer.setEdge(String(graph.pairFrom[pair]), String(graph.pairTo[pair]), -graph.pairLogRate[pair]!);
  }
  const source = peer.nodes()[0] ?? "0";
  const elapsedMs = startTimer();
  let pays = false;
  try {
    alg.bellmanFord(peer, source, (edge) => peer.edge(edge) as number);
  } catch {
    pays = true;
  }
  return { ms: elapsedMs(), pays };
}
