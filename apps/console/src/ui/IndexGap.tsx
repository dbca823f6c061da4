import { countText, toNumber } from "../format/units.ts";
import type { IndexStatusJson } from "../live/chainTypes.ts";
import { useLiveRpc } from "../live/node.ts";

const BEHIND_MAX = 10;

export function IndexGap() {
  const { data } = useLiveRpc<IndexStatusJson | null>("trellis_getIndexStatus");
  const said = data ? indexGapText(data) : undefined;
  return said === undefined ? null : <p className="notice notice-warn">{said}</p>;
}

export function indexGapText({ from, number, head, failure }: IndexStatusJson): string | undefined {
  const [first, last, newest] = [from, number, head].map(toNumber) as [number, number, number];
  const gaps: string[] = [];
  if (failure !== null) gaps.push(`stopped at block ${countText(last)} and lacks later data`);
  else if (newest - last > BEHIND_MAX) {
    gaps.push(`is at block ${countText(last)} of ${countText(newest)}, and later data may be missing`);
  }
  if (first > 0) gaps.push(`may lack data before block ${countText(first)}`);
  return gaps.length === 0 ? undefined : `The node's index ${gaps.join("; it ")}.`;
}
