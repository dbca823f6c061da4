import { isTrellisError } from "@trellis/base";
import { readEpoch } from "@trellis/contracts";
import type { Anchor, ChainView, Hash, StateReader } from "@trellis/protocol";
import type { AnchoredState } from "../consensus/rules/AnchoredState.ts";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import { readAnchoredState } from "./AnchoredStates.ts";
import { readVoters } from "./readVoters.ts";

interface AnchorView
  extends Pick<ChainView, "finalized" | "hashByNumber" | "stateAt" | "header" | "parameters"> {
  anchorAt(number: number): AnchoredState | undefined;
}

/** @param viewOf view of shard 0, while it is open [SHARD-14.2] [SHARD-22] */
export function finalAnchorsOf(viewOf: () => AnchorView | undefined): FinalAnchors {
  const stateAt = (number: number): AnchoredState | undefined => {
    const view = viewOf();
    if (view === undefined || number > view.finalized().header.number) return undefined;
    const stored = view.anchorAt(number);
    // Below an imported state, some rows lack epoch and values. [SYNC-STATE-7.3]
    if (stored !== undefined && stored.records[0]!.height !== number) return undefined;
    return stored ?? stateRead(view, number);
  };
  const at = (number: number): Anchor | undefined => {
    const own = stateAt(number)?.records[0];
    return own && { hash: own.hash, number, epoch: own.epoch };
  };
  let known: Anchor | undefined;
  const newest = (): Anchor | undefined => {
    const final = viewOf()?.finalized();
    if (final === undefined) return undefined;
    // Each import, vote and template asks.
    if (known?.hash !== final.hash) known = at(final.header.number);
    return known;
  };
  return {
    newest,
    at,
    stateOf(hash) {
      const number = viewOf()?.header(hash)?.number;
      const state = number === undefined ? undefined : stateAt(number);
      return state?.records[0]?.hash === hash ? state : undefined;
    },
    votersOf(epoch) {
      const view = viewOf();
      const anchor = newest();
      if (view === undefined || anchor === undefined || anchor.epoch < epoch) return undefined;
      return readVoters(view.stateAt(anchor.hash), epoch);
    },
  };
}

/** Genesis and an imported block have no row. */
function stateRead(view: AnchorView, number: number): AnchoredState | undefined {
  const hash = view.hashByNumber(number);
  const root = hash && view.header(hash)?.stateRoot;
  const reader = hash && readerOf(view, hash);
  if (root === undefined || reader === undefined) return undefined;
  const anchor = { hash: hash!, number, epoch: readEpoch(reader).epoch };
  return readAnchoredState(anchor, view.parameters.sharding!.count, { root, reader });
}

function readerOf(view: AnchorView, block: Hash): StateReader | undefined {
  try {
    return view.stateAt(block);
  } catch (error) {
    if (isTrellisError(error, "STATE_UNAVAILABLE")) return undefined;
    throw error;
  }
}
