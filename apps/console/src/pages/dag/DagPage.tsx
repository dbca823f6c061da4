import { useNavigate } from "@tanstack/react-router";
import { DagView, useDag } from "../../dag/DagView.tsx";
import { Legend } from "../../dag/Legend.tsx";
import { countText } from "../../format/units.ts";

export function DagPage() {
  const navigate = useNavigate();
  const { blocks, finalizedNumber } = useDag();
  const counts = { chain: 0, blue: 0, red: 0, pending: 0 };
  for (const { isChainBlock, color } of blocks.values())
    counts[isChainBlock ? "chain" : (color ?? "pending")]++;
  return (
    <>
      <h1>Block-DAG</h1>
      <DagView
        label="Block-DAG. Arrow keys move between blocks, Enter opens a block, plus and minus zoom, Shift with arrow keys pans, F follows the newest block."
        onSelect={({ hash }) => void navigate({ to: "/block/$id", params: { id: hash } })}
      />
      <Legend />
      <p className="soft">
        {countText(blocks.size)} blocks shown: {counts.chain} on the selected chain, {counts.blue} other blue,{" "}
        {counts.red} red, {counts.pending} not merged yet. Finalized to chain block{" "}
        {countText(finalizedNumber)}. Drag to pan, scroll or pinch to zoom, <kbd>F</kbd> follows the newest
        block.
      </p>
    </>
  );
}
