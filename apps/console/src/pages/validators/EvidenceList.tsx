import { Link } from "@tanstack/react-router";
import { countText, toNumber } from "../../format/units.ts";
import type { EvidenceJson } from "../../live/chainTypes.ts";
import { usePages } from "../../live/usePages.ts";
import { Paged } from "../../ui/Paged.tsx";
import { BlockLink, Card } from "../../ui/primitives.tsx";

export function evidenceId({ blockNumber, place }: Pick<EvidenceJson, "blockNumber" | "place">): string {
  return `${toNumber(blockNumber)}-${place}`;
}

export function EvidenceList() {
  const { query, items } = usePages<EvidenceJson>("trellis_getEvidence", []);
  return (
    <Card title="Equivocation evidence" aside={<span>newest first</span>}>
      <Paged
        label="Evidence"
        query={query}
        items={items}
        none="No equivocations"
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
            name: "Vote",
            width: "1fr",
            cell: ({ epoch, height, round, step }) =>
              `epoch ${countText(epoch)}, height ${countText(height)}, round ${round}, ${step}`,
          },
          {
            name: "Validator index",
            width: "8rem",
            isNumeric: true,
            isMinor: true,
            cell: ({ validator }) => validator,
          },
          {
            name: "Included in",
            width: "1fr",
            isMinor: true,
            cell: ({ carrier }) => <BlockLink hash={carrier} />,
          },
        ]}
      />
    </Card>
  );
}
