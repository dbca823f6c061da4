import type { Block, Pool, Price } from "@trellis/client/arbitrage";
import { countText, decimalText } from "../../format/units.ts";
import { AddressLink, Badge, BlockLink, Card } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { AsOf } from "../operations/AsOf.tsx";
import { ServiceList } from "../operations/ServiceList.tsx";
import { useServicePages } from "../operations/useServicePages.ts";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { TokenAmount, TokenName, useToken } from "./tokens.tsx";
import { ARBITRAGE, useArbitrage } from "./useArbitrage.ts";

const COIN_DECIMALS = 18;
const EVERY_MS = 10_000;

export function MarketPage() {
  return (
    <ArbitrageFrame title="Market">
      <Prices />
      <Pools />
    </ArbitrageFrame>
  );
}

function Prices() {
  const query = useArbitrage<{ readonly block: Block | null; readonly items: readonly Price[] }>("/prices");
  return (
    <Card title="Prices in coins" aside={<AsOf query={query} />}>
      <Answered query={query} what="Loading prices">
        {({ block, items }) =>
          items.length === 0 ? (
            <Empty title="No token prices yet" />
          ) : (
            <>
              <Table
                label="Prices"
                rows={items}
                keyOf={({ token }) => token}
                columns={[
                  { name: "Token", width: "8rem", cell: ({ token }) => <TokenName token={token} /> },
                  { name: "Address", width: "1fr", cell: ({ token }) => <AddressLink address={token} /> },
                  {
                    name: "Price, coins",
                    width: "1fr",
                    isNumeric: true,
                    cell: (price) => <PriceText price={price} />,
                  },
                  {
                    name: "Source",
                    width: "7rem",
                    isMinor: true,
                    cell: ({ source }) => (
                      <Badge tone={source === "settings" ? "info" : "plain"}>{source}</Badge>
                    ),
                  },
                ]}
              />
              {block !== null && (
                <p className="soft">
                  At block <BlockLink hash={block.hash}>{countText(block.height)}</BlockLink>
                </p>
              )}
            </>
          )
        }
      </Answered>
    </Card>
  );
}

export function PriceText({ price: { token, amount, wei } }: { readonly price: Price }) {
  const { decimals } = useToken(token);
  return (
    <span className="amount" title={`${amount} base units are worth ${wei} wei`}>
      {decimals === undefined ? (
        "…"
      ) : decimals === null ? (
        <span className="soft">unknown decimals</span>
      ) : (
        decimalText((BigInt(wei) * 10n ** BigInt(decimals)) / BigInt(amount), COIN_DECIMALS)
      )}
    </span>
  );
}

function Pools() {
  const { query, items } = useServicePages<Pool>(`${ARBITRAGE}/pools?limit=100`, EVERY_MS);
  return (
    <Card title="Pools" aside={<AsOf query={query} />}>
      <ServiceList
        query={query}
        items={items}
        what="Loading pools"
        none={
          <Empty title="No pools yet">
            The engine finds pools by the events of the configured factories.
          </Empty>
        }
      >
        {(rows) => <PoolTable pools={rows} />}
      </ServiceList>
    </Card>
  );
}

function PoolTable({ pools }: { readonly pools: readonly Pool[] }) {
  return (
    <Table
      label="Pools"
      rows={pools}
      keyOf={({ address }) => address}
      columns={[
        { name: "Pool", width: "1fr", cell: ({ address }) => <AddressLink address={address} /> },
        { name: "Tokens", width: "9rem", cell: ({ tokens }) => <Names tokens={tokens} /> },
        { name: "Type", width: "8rem", isMinor: true, cell: ({ kind }) => kind },
        {
          name: "Status",
          width: "7rem",
          cell: ({ isCertain, reason }) => (
            <span title={reason ?? "the state is up to date"}>
              <Badge tone={isCertain ? "good" : "warn"}>{isCertain ? "up to date" : "stale"}</Badge>
            </span>
          ),
        },
        {
          name: "State",
          width: "1fr",
          isMinor: true,
          cell: ({ tokens, state, reason }) => (
            <span className="soft" title={reason ?? stateText(state)}>
              {reason ?? <State tokens={tokens} state={state} />}
            </span>
          ),
        },
      ]}
    />
  );
}

function Names({ tokens }: { readonly tokens: readonly string[] }) {
  return tokens.map((token, index) => (
    <span key={token}>
      {index > 0 && " / "}
      <TokenName token={token} />
    </span>
  ));
}

function State({ tokens, state }: Pick<Pool, "tokens" | "state">) {
  return Object.entries(state ?? {}).map(([name, value], index) => {
    const token = tokens[Number(/^reserve([01])$/.exec(name)?.[1])];
    return (
      <span key={name}>
        {index > 0 && ", "}
        {token === undefined ? `${name} ${value}` : <TokenAmount token={token} amount={value} />}
      </span>
    );
  });
}

function stateText(state: Pool["state"]): string {
  return Object.entries(state ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
