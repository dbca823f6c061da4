import type { Block, BlockOutcome, Hash } from "@trellis/protocol";
import type { PeerId } from "../transport/Transport.ts";

/** Where blocks go that come by themselves: it imports them, and fetches what their parents lack. */
export interface BlockIntake {
  /** Neither in the DAG nor on its way there. */
  isWanted(hash: Hash): boolean;
  /**
   * Resolves when it is known what became of the block; an orphan waits for its parents, which are fetched from the peer.
   * @param orphaned told as soon as it is one
   */
  offer(block: Block, from: PeerId, orphaned?: () => void): Promise<BlockOutcome>;
}
