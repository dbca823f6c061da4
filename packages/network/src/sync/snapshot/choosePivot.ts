import type { Hash, StateExchange } from "@trellis/protocol";
import type { ReadyPeer } from "../handshake/Handshakes.ts";

/** A block whose state is taken over. */
interface Pivot {
  readonly hash: Hash;
  readonly number: number;
}

export interface PivotChoice {
  readonly states: Pick<StateExchange, "chainPlace">;
  readonly checkpoint: Hash;
  /** The heaviest that was shown by headers. */
  readonly sink: Hash;
  /** Blue score under the sink, at least: what is higher soon may not be on its chain any more. */
  readonly depthMin: number;
  readonly peers: readonly ReadyPeer[];
  /** Whether nobody gave its state when it was fetched. */
  readonly isGone: (block: Hash) => boolean;
}

/** Whether a peer may have a state, as it says of itself: whom to ask. */
export function mayGive({ hello }: ReadyPeer, { hash, number }: Pivot): boolean {
  return hello.states.includes(hash) || hello.finalized.number <= number;
}

/**
 * The newest block whose state at least half as many peers give away as any other's: on the chain of the sink, no lower
 * than the checkpoint, and deep enough. The checkpoint itself may be at any depth. What was gone before comes last.
 * Undefined if there is none. [SYNC-22]
 */
export function choosePivot(choice: PivotChoice): Pivot | undefined {
  const { states, checkpoint, sink, depthMin, peers, isGone } = choice;
  const offered = new Set([checkpoint, ...peers.flatMap(({ hello }) => hello.states)]);
  const pivots = [...offered].flatMap((hash) => {
    const place = states.chainPlace(checkpoint, hash) && states.chainPlace(hash, sink);
    if (place === undefined || (hash !== checkpoint && place.depth < depthMin)) return [];
    const pivot = { hash, number: place.number };
    return [{ pivot, count: peers.filter((peer) => gives(states, peer, pivot)).length }];
  });
  const most = Math.max(...pivots.map(({ count }) => count));
  return pivots
    .filter(({ count }) => count > 0 && 2 * count >= most)
    .map(({ pivot }) => pivot)
    .sort((a, b) => Number(isGone(a.hash)) - Number(isGone(b.hash)) || b.number - a.number)[0];
}

/** Whether it has the state by what it names: the block itself, or one that is here and on whose chain the block is. */
function gives(states: PivotChoice["states"], peer: ReadyPeer, pivot: Pivot): boolean {
  const { sink, finalized, states: kept } = peer.hello;
  if (kept.includes(pivot.hash)) return true;
  const isNamed = [sink.hash, finalized.hash].some((named) => states.chainPlace(pivot.hash, named));
  return isNamed && mayGive(peer, pivot);
}
