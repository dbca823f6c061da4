import type { DagBlock } from "./DagBlock.ts";
import { DagLayout } from "./DagLayout.ts";

/** The layout of these blocks alone: the same whatever was before, and in whatever order they come. */
export function layoutDag(blocks: Iterable<DagBlock>): DagLayout {
  const layout = new DagLayout();
  layout.update(new Map([...blocks].map((block) => [block.hash, block])));
  return layout;
}
