import type { Chain, finalAnchorsOf } from "@trellis/chain";

export type ShardView = Chain["view"];

/** Takes the selected chain of shard 0 for final. */
export function withHeadFinal(view: ShardView | undefined): ReturnType<Parameters<typeof finalAnchorsOf>[0]> {
  return (
    view && {
      parameters: view.parameters,
      finalized: () => view.head(),
      hashByNumber: (number) => view.hashByNumber(number),
      stateAt: (hash) => view.stateAt(hash),
      header: (hash) => view.header(hash),
      anchorAt: () => undefined,
    }
  );
}
