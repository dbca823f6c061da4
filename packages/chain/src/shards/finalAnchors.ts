import { isTrellisError } from "@trellis/base";
import { readEpoch } from "@trellis/contracts";
import type { Anchor, ChainView, Hash } from "@trellis/protocol";
import type { FinalAnchors, StateOfAnchor } from "../consensus/rules/anchor.ts";

/** @param viewOf view of shard 0, while it is open [SHARD-14.2] */
export function finalAnchorsOf(
  viewOf: () => Pick<ChainView, "finalized" | "hashByNumber" | "stateAt" | "header"> | undefined,
): FinalAnchors {
  const stateOf = (anchor: Hash): StateOfAnchor | undefined => {
    const view = viewOf();
    const root = view?.header(anchor)?.stateRoot;
    if (view === undefined || root === undefined) return undefined;
    try {
      return { root, reader: view.stateAt(anchor) };
    } catch (error) {
      if (isTrellisError(error, "STATE_UNAVAILABLE")) return undefined;
      throw error;
    }
  };
  const at = (number: number): Anchor | undefined => {
    const view = viewOf();
    if (view === undefined || number > view.finalized().header.number) return undefined;
    const hash = view.hashByNumber(number);
    const state = hash === undefined ? undefined : stateOf(hash);
    return state && { hash: hash!, number, epoch: readEpoch(state.reader).epoch };
  };
  return { stateOf, newest: () => at(viewOf()?.finalized().header.number ?? 0), at };
}
