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
      <Card title="Token contracts" aside={<span>names are unverified</span>}>
        <Paged
          label="Tokens"
          query={query}
          items={items}
          none="No token transfers yet"
          keyOf={(row) => row.address}
          columns={[
            ...tokenColumns,
            {
              name: "First transfer",
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
