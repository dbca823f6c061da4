import type { Hash, StateExchange } from "@trellis/protocol";
import type { ReadyPeer } from "../handshake/Handshakes.ts";

export interface Pivot {
  readonly hash: Hash;
  readonly number: number;
}

export interface PivotChoice {
  readonly states: Pick<StateExchange, "chainPlace" | "canImport">;
  readonly checkpoint: Hash;
  readonly sink: Hash;
  /** Blue score below the sink: newer blocks may be reorganised. */
  readonly depthMin: number;
  readonly peers: readonly ReadyPeer[];
  readonly isGone: (block: Hash) => boolean;
}

export function mayGive({ hello }: ReadyPeer, { hash, number }: Pivot): boolean {
  return hello.states.includes(hash) || hello.finalized.number <= number;
}

/**
 * Newest state that is deep enough on the sink's chain, and served by at least half as many peers as any
 * other. Unavailable states come last. [SYNC-22]
 */
export function choosePivot(choice: PivotChoice): Pivot | undefined {
  const { states, checkpoint, sink, depthMin, peers, isGone } = choice;
  const offered = new Set([checkpoint, ...peers.flatMap(({ hello }) => hello.states)]);
  const pivots = [...offered].flatMap((hash) => {
    const place = states.chainPlace(checkpoint, hash) && states.chainPlace(hash, sink);
    if (place === undefined || !states.canImport(hash) || (hash !== checkpoint && place.depth < depthMin))
      return [];
    const pivot = { hash, number: place.number };
    return [{ pivot, count: peers.filter((peer) => gives(states, peer, pivot)).length }];
  });
  const most = Math.max(...pivots.map(({ count }) => count));
  return pivots
    .filter(({ count }) => count > 0 && 2 * count >= most)
    .map(({ pivot }) => pivot)
    .sort((a, b) => Number(isGone(a.hash)) - Number(isGone(b.hash)) || b.number - a.number)[0];
}

function gives(states: PivotChoice["states"], peer: ReadyPeer, pivot: Pivot): boolean {
  const { sink, finalized, states: kept } = peer.hello;
  if (kept.includes(pivot.hash)) return true;
  const isNamed = [sink.hash, finalized.hash].some((named) => states.chainPlace(pivot.hash, named));
  return isNamed && mayGive(peer, pivot);
}
