import { toNumber } from "../../format/units.ts";
import type { TokenJson } from "../../live/chainTypes.ts";
import { usePages } from "../../live/usePages.ts";
import { Paged } from "../../ui/Paged.tsx";
import { Card, NumberLink } from "../../ui/primitives.tsx";
import { tokenColumns } from "./tokenColumns.tsx";

export function Tokens() {
  const { query, items } = usePages<TokenJson>("trellis_getTokens", []);
  return (
    <>
      <h1>Tokens</h1>
      <Card
        title="Contracts whose tokens were moved"
        aside={<span>names are their own, and nobody checked them</span>}
      >
        <Paged
          label="Tokens"
          query={query}
          items={items}
          none="No token was moved on this chain yet"
          keyOf={(row) => row.address}
          columns={[
            ...tokenColumns,
            {
              name: "First moved",
              width: "7rem",
              isNumeric: true,
              isMinor: true,
              cell: ({ firstBlock }) => <NumberLink number={toNumber(firstBlock)} />,
            },
          ]}
        />
      </Card>
    </>
  );
}
