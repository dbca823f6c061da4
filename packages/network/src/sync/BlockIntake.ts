import type { Block, BlockOutcome, Hash } from "@trellis/protocol";
import type { PeerId } from "../transport/Transport.ts";

export interface BlockIntake {
  isWanted(hash: Hash): boolean;
  /** Resolves after the import. @param orphaned called as soon as parents are missing */
  offer(block: Block, from: PeerId, orphaned?: () => void): Promise<BlockOutcome>;
}
