import type { Opportunity, Outcome, Status } from "@trellis/client/arbitrage";
import { useState } from "react";
import { countText } from "../../format/units.ts";
import { SelectField } from "../../ui/Form.tsx";
import { Badge, BlockLink, Card, Figure } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { AsOf } from "../operations/AsOf.tsx";
import { ServiceList } from "../operations/ServiceList.tsx";
import { useServicePages } from "../operations/useServicePages.ts";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { BookDifferences } from "./BookDifferences.tsx";
import { KillSwitch } from "./KillSwitch.tsx";
import { OpportunityTable } from "./OpportunityTable.tsx";
import { OUTCOMES } from "./outcomes.tsx";
import { CoinAmount, TokenName } from "./tokens.tsx";
import { ARBITRAGE, useRisk, useStatus } from "./useArbitrage.ts";

export function ArbitragePage() {
  return (
    <ArbitrageFrame title="Opportunities" aside={<KillSwitch />}>
      <StatusCard />
      <Opportunities />
    </ArbitrageFrame>
  );
}

function StatusCard() {
  const query = useStatus();
  const risk = useRisk().data;
  return (
    <Answered query={query} what="Loading engine status">
      {(status) => (
        <>
          <dl className="figures">
            <Figure
              label="Trading mode"
              value={
                status.isLive ? (
                  <Badge tone="warn">Live trading</Badge>
                ) : (
                  <Badge tone="info">Paper trading</Badge>
                )
              }
              note={
                status.canBeLive ? "trading key configured" : "no trading key: live trading is not possible"
              }
            />
            <Figure
              label="Head"
              value={status.head === null ? "none yet" : countText(status.head.height)}
              note={
                status.head === null ? (
                  "the engine does not follow a chain yet"
                ) : (
                  <BlockLink hash={status.head.hash}>{countText(status.blocks)} blocks processed</BlockLink>
                )
              }
            />
            <Figure
              label="Pools"
              value={countText(status.poolCount)}
              note={
                status.stalePoolCount === 0 ? "all up to date" : `${countText(status.stalePoolCount)} stale`
              }
            />
            <Figure
              label="Profit and loss today"
              value={risk === undefined ? "…" : <CoinAmount wei={risk.resultWei} isSigned />}
              note={
                risk === undefined ? undefined : (
                  <>
                    gas <CoinAmount wei={risk.gasWei} />, in coins
                  </>
                )
              }
            />
            <Figure
              label="Consecutive failures"
              value={risk === undefined ? "…" : `${risk.failuresInARow} of ${risk.limits.failuresMax}`}
              note={risk === undefined ? undefined : `${risk.reservedCount} trades in flight`}
            />
          </dl>
          <Troubles status={status} />
        </>
      )}
    </Answered>
  );
}

function Troubles({
  status: { isSimulated, excludedTokens, bookDifferences, reopened },
}: {
  readonly status: Status;
}) {
  return (
    <>
      {!isSimulated && (
        <p className="notice notice-warn" role="status">
          The owner's contract is not deployed. Trades are decided without simulation.
        </p>
      )}
      {bookDifferences !== null && <BookDifferences differences={bookDifferences} />}
      {excludedTokens.length > 0 && (
        <Card title="Excluded tokens">
          <ul>
            {excludedTokens.map(({ token, reason }) => (
              <li key={token}>
                <TokenName token={token} /> <code>{token}</code>: {reason}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {reopened > 0 && <p className="soft">Pools reloaded after a reorganisation: {countText(reopened)}</p>}
    </>
  );
}

const EVERY_MS = 10_000;

function Opportunities() {
  const [outcome, setOutcome] = useState<Outcome | "">("");
  const filter = outcome === "" ? "" : `&outcome=${outcome}`;
  const { query, items } = useServicePages<Opportunity>(
    `${ARBITRAGE}/opportunities?limit=25${filter}`,
    EVERY_MS,
  );
  return (
    <Card title="Opportunities, newest first" aside={<AsOf query={query} />}>
      <div className="field-row">
        <SelectField
          label="Outcome"
          value={outcome}
          onChange={setOutcome}
          options={[
            ["", "all"],
            ...Object.entries(OUTCOMES).map(
              ([name, about]) => [name as Outcome, `${name}: ${about}`] as const,
            ),
          ]}
        />
      </div>
      <ServiceList
        query={query}
        items={items}
        what="Loading opportunities"
        none={
          <Empty title="No opportunities yet">
            The engine looks for price differences between pools at every block.
          </Empty>
        }
      >
        {(rows) => <OpportunityTable opportunities={rows} />}
      </ServiceList>
    </Card>
  );
}
