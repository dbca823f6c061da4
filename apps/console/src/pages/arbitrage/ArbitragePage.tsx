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
import type { OpportunityJson, Outcome, StatusJson } from "./shapes.ts";
import { CoinAmount, TokenName } from "./tokens.tsx";
import { ARBITRAGE, useRisk, useStatus } from "./useArbitrage.ts";

/** What the engine sees, finds and decides, as it happens. */
export function ArbitragePage() {
  return (
    <ArbitrageFrame title="Arbitrage" aside={<KillSwitch />}>
      <Status />
      <Opportunities />
    </ArbitrageFrame>
  );
}

function Status() {
  const query = useStatus();
  const risk = useRisk().data;
  return (
    <Answered query={query} what="Asking the engine">
      {(status) => (
        <>
          <dl className="figures">
            <Figure
              label="Mode"
              value={
                status.isLive ? (
                  <Badge tone="warn">live: with money</Badge>
                ) : (
                  <Badge tone="info">on paper</Badge>
                )
              }
              note={status.canBeLive ? "has a key to trade with" : "has no key: nothing can be sent"}
            />
            <Figure
              label="Head"
              value={status.head === null ? "not yet" : countText(status.head.height)}
              note={
                status.head === null ? (
                  "the engine does not follow the chain"
                ) : (
                  <BlockLink hash={status.head.hash}>{countText(status.blocks)} blocks seen</BlockLink>
                )
              }
            />
            <Figure
              label="Pools"
              value={countText(status.poolCount)}
              note={
                status.stalePoolCount === 0 ? "all certain" : `${countText(status.stalePoolCount)} left out`
              }
            />
            <Figure
              label="Result today"
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
              label="Failures in a row"
              value={risk === undefined ? "…" : `${risk.failuresInARow} of ${risk.limits.failuresMax}`}
              note={risk === undefined ? undefined : `${risk.reservedCount} trades under way`}
            />
          </dl>
          <Troubles status={status} />
        </>
      )}
    </Answered>
  );
}

/** What is not as it should be with the engine, if anything. */
function Troubles({
  status: { isSimulated, excludedTokens, bookDifferences, reopened },
}: {
  readonly status: StatusJson;
}) {
  return (
    <>
      {!isSimulated && (
        <p className="notice notice-warn" role="status">
          The owner's contract is not on the chain: trades are not simulated before they are decided.
        </p>
      )}
      {bookDifferences !== null && <BookDifferences differences={bookDifferences} />}
      {excludedTokens.length > 0 && (
        <Card title="Tokens that are left out">
          <ul>
            {excludedTokens.map(({ token, reason }) => (
              <li key={token}>
                <TokenName token={token} /> <code>{token}</code>: {reason}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {reopened > 0 && (
        <p className="soft">{countText(reopened)} times a branch was lost, and all pools were read again.</p>
      )}
    </>
  );
}

const EVERY_MS = 10_000;

function Opportunities() {
  const [outcome, setOutcome] = useState<Outcome | "">("");
  const filter = outcome === "" ? "" : `&outcome=${outcome}`;
  const { query, items } = useServicePages<OpportunityJson>(
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
        what="Reading opportunities"
        more="Older"
        none={
          <Empty title="Nothing was found yet">
            A trade that moves a price against another pool's opens a gap; the engine looks at every block.
          </Empty>
        }
      >
        {(rows) => <OpportunityTable opportunities={rows} />}
      </ServiceList>
    </Card>
  );
}
