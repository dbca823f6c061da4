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
        label="The block-DAG. Arrow keys walk from block to block, Enter opens one, plus and minus zoom, Shift with arrows pans, F follows the newest."
        onSelect={({ hash }) => void navigate({ to: "/block/$id", params: { id: hash } })}
      />
      <Legend />
      <p className="soft">
        {countText(blocks.size)} blocks here: {counts.chain} of the selected chain, {counts.blue} other blue,{" "}
        {counts.red} red, {counts.pending} not merged yet; final to chain block {countText(finalizedNumber)}.
        Drag to pan, wheel or pinch to zoom, <kbd>F</kbd> follows the newest.
      </p>
    </>
  );
}
