import { Link } from "@tanstack/react-router";
import { countText, toNumber } from "../../format/units.ts";
import type { EvidenceJson } from "../../live/chainTypes.ts";
import { usePages } from "../../live/usePages.ts";
import { Paged } from "../../ui/Paged.tsx";
import { BlockLink, Card } from "../../ui/primitives.tsx";

/** How an accusation is named: by the chain block that merged it, and its place there. */
export function evidenceId({ blockNumber, place }: Pick<EvidenceJson, "blockNumber" | "place">): string {
  return `${toNumber(blockNumber)}-${place}`;
}

/** Who was accused of having voted twice. */
export function EvidenceList() {
  const { query, items } = usePages<EvidenceJson>("trellis_getEvidence", []);
  return (
    <Card title="Evidence of double votes" aside={<span>as blocks carry it, newest first</span>}>
      <Paged
        label="Evidence"
        query={query}
        items={items}
        none="Nobody was caught voting twice"
        keyOf={evidenceId}
        columns={[
          {
            name: "Evidence",
            width: "7rem",
            cell: (row) => (
              <Link to="/evidence/$id" params={{ id: evidenceId(row) }} className="row-link">
                {evidenceId(row)}
              </Link>
            ),
          },
          {
            name: "Ballot",
            width: "1fr",
            cell: ({ epoch, height, round, step }) =>
              `epoch ${countText(epoch)}, height ${countText(height)}, round ${round}, ${step}`,
          },
          {
            name: "Place in the set",
            width: "8rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ validator }) => validator,
          },
          {
            name: "Carried by",
            width: "1fr",
            isMinor: true,
            cell: ({ carrier }) => <BlockLink hash={carrier} />,
          },
        ]}
      />
    </Card>
  );
}
