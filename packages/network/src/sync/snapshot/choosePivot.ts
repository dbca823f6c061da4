import type { Hash, StateExchange } from "@trellis/protocol";
import type { GreetedPeer } from "../directory/PeerDirectory.ts";

/** A block whose state is taken over. */
export interface Pivot {
  readonly hash: Hash;
  readonly number: number;
}

/** Whether a peer has a state: it keeps it, or the block is not below its final one. */
export function gives({ hello }: GreetedPeer, { hash, number }: Pivot): boolean {
  return hello.states.includes(hash) || hello.finalized.number <= number;
}

/**
 * The newest block whose state at least half as many peers give away as any other's: on the chain of a sink, no lower
 * than the checkpoint, and as deep as a state must be to be trusted. The checkpoint itself is trusted at any depth.
 * Undefined if there is none. [SYNC-22]
 */
export function choosePivot(
  states: StateExchange,
  checkpoint: Hash,
  sink: Hash,
  peers: readonly GreetedPeer[],
): Pivot | undefined {
  const offered = new Set([checkpoint, ...peers.flatMap(({ hello }) => hello.states)]);
  const pivots = [...offered].flatMap((hash) => {
    const place = states.chainPlace(checkpoint, hash) && states.chainPlace(hash, sink);
    if (place === undefined || (hash !== checkpoint && place.depth < states.trustDepth)) return [];
    const pivot = { hash, number: place.number };
    return [{ pivot, count: peers.filter((peer) => gives(peer, pivot)).length }];
  });
  const most = Math.max(...pivots.map(({ count }) => count));
  return pivots
    .filter(({ count }) => count > 0 && 2 * count >= most)
    .map(({ pivot }) => pivot)
    .sort((a, b) => b.number - a.number)[0];
}
