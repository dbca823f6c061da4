import { isTrellisError } from "@trellis/base";
import { readEpoch } from "@trellis/contracts";
import type { Anchor, ChainView } from "@trellis/protocol";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";

/** @param viewOf view of shard 0, while it is open [SHARD-14.2] */
export function finalAnchorsOf(
  viewOf: () => Pick<ChainView, "finalized" | "hashByNumber" | "stateAt"> | undefined,
): FinalAnchors {
  const at = (number: number): Anchor | undefined => {
    const view = viewOf();
    if (view === undefined || number > view.finalized().header.number) return undefined;
    const hash = view.hashByNumber(number);
    if (hash === undefined) return undefined;
    try {
      return { hash, number, epoch: readEpoch(view.stateAt(hash)).epoch };
    } catch (error) {
      if (isTrellisError(error, "STATE_UNAVAILABLE")) return undefined;
      throw error;
    }
  };
  return { newest: () => at(viewOf()?.finalized().header.number ?? 0), at };
}
