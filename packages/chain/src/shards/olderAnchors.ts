import type { Anchor } from "@trellis/protocol";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";

/**
 * Anchors that a block can name, newest first, in steps that halve the distance to the oldest one.
 * @param anchors undefined in shard 0, whose blocks name the newest or the oldest one
 */
export function* olderAnchors(
  newest: Anchor,
  oldest: Anchor,
  anchors: Pick<FinalAnchors, "at"> | undefined,
): Generator<Anchor> {
  yield newest;
  if (newest.number <= oldest.number) return;
  let distance = newest.number - oldest.number;
  while (anchors !== undefined && distance > 1) {
    distance = Math.floor(distance / 2);
    const anchor = anchors.at(oldest.number + distance);
    if (anchor !== undefined) yield anchor;
  }
  yield oldest;
}
