import { isTrellisError } from "@trellis/base";
import { readEpoch } from "@trellis/contracts";
import type { Anchor, ChainView, Hash, StateReader } from "@trellis/protocol";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import { readAnchoredState } from "./AnchoredStates.ts";
import { readVoters } from "./readVoters.ts";

type AnchorView = Pick<ChainView, "finalized" | "hashByNumber" | "stateAt" | "header" | "parameters">;

/** @param viewOf view of shard 0, while it is open [SHARD-14.2] */
export function finalAnchorsOf(viewOf: () => AnchorView | undefined): FinalAnchors {
  const readerOf = (view: AnchorView, anchor: Hash): StateReader | undefined => {
    try {
      return view.stateAt(anchor);
    } catch (error) {
      if (isTrellisError(error, "STATE_UNAVAILABLE")) return undefined;
      throw error;
    }
  };
  const at = (number: number): Anchor | undefined => {
    const view = viewOf();
    if (view === undefined || number > view.finalized().header.number) return undefined;
    const hash = view.hashByNumber(number);
    const reader = hash === undefined ? undefined : readerOf(view, hash);
    return reader && { hash: hash!, number, epoch: readEpoch(reader).epoch };
  };
  const newest = (): Anchor | undefined => at(viewOf()?.finalized().header.number ?? 0);
  return {
    newest,
    at,
    stateOf(hash) {
      const view = viewOf();
      const header = view?.header(hash);
      if (view === undefined || header?.stateRoot === undefined) return undefined;
      const reader = readerOf(view, hash);
      if (reader === undefined) return undefined;
      const anchor = { hash, number: header.number, epoch: readEpoch(reader).epoch };
      return readAnchoredState(anchor, view.parameters.sharding!.count, { root: header.stateRoot, reader });
    },
    votersOf(epoch) {
      const view = viewOf();
      const anchor = newest();
      if (view === undefined || anchor === undefined || anchor.epoch < epoch) return undefined;
      return readVoters(view.stateAt(anchor.hash), epoch);
    },
  };
}
