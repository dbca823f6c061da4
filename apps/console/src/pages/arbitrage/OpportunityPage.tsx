import { useParams } from "@tanstack/react-router";
import { isRefusedBy } from "../../errors.ts";
import { countText } from "../../format/units.ts";
import {
  AddressLink,
  Badge,
  BlockLink,
  Card,
  Fact,
  Facts,
  Figure,
  TransactionLink,
  When,
} from "../../ui/primitives.tsx";
import { Answered, NoPage } from "../../ui/states.tsx";
import "../../chart/table.css";
import type { Decision, Opportunity } from "@trellis/client/arbitrage";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { differenceText } from "./amounts.ts";
import { figureName, figureText, worthText } from "./figures.ts";
import { GasOf } from "./GasOf.tsx";
import { Way } from "./OpportunityTable.tsx";
import { OUTCOMES, OutcomeBadge } from "./outcomes.tsx";
import { RouteGraph } from "./RouteGraph.tsx";
import { TryAgain } from "./TryAgain.tsx";
import { TokenAmount, TokenName } from "./tokens.tsx";
import { useArbitrage } from "./useArbitrage.ts";

export function OpportunityPage() {
  const { id } = useParams({ strict: false }) as { readonly id: string };
  if (!/^0x[0-9a-f]{64}$/.test(id)) {
    return <NoPage title="Invalid opportunity ID">An opportunity ID is 0x and 64 hexadecimal digits.</NoPage>;
  }
  return (
    <ArbitrageFrame title="Opportunity">
      <Known id={id} />
    </ArbitrageFrame>
  );
}

function Known({ id }: { readonly id: string }) {
  const query = useArbitrage<Opportunity>(`/opportunities/${id}`);
  if (isRefusedBy(query.error) && query.error.facts.status === 404) {
    return (
      <p className="state">
        <strong>Opportunity not found</strong>
        <br />
        The ledger has no opportunity with this ID.
      </p>
    );
  }
  return (
    <Answered query={query} what="Loading opportunity">
      {(opportunity) => (
        <>
          <Outcome opportunity={opportunity} />
          <Card title="Route" aside={<Way opportunity={opportunity} />}>
            <RouteGraph opportunity={opportunity} />
            <Hops opportunity={opportunity} />
          </Card>
          <div className="columns">
            <Decisions decisions={opportunity.decisions} />
            <Simulations opportunity={opportunity} />
          </div>
          {opportunity.execution !== null && <Execution opportunity={opportunity} />}
          <TryAgain opportunity={opportunity} />
        </>
      )}
    </Answered>
  );
}

function Outcome({ opportunity }: { readonly opportunity: Opportunity }) {
  const { outcome, token, amountIn, expectedProfit, execution, foundAtMs, block } = opportunity;
  return (
    <dl className="figures">
      <Figure label="Outcome" value={<OutcomeBadge outcome={outcome} />} note={OUTCOMES[outcome]} />
      <Figure label="Amount in" value={<TokenAmount token={token} amount={amountIn} />} />
      <Figure
        label="Expected profit"
        value={<TokenAmount token={token} amount={expectedProfit} isSigned />}
        note="before gas, at the block of the opportunity"
      />
      <Figure
        label="Realised profit"
        value={
          execution === null || execution.profit === null ? (
            "–"
          ) : (
            <TokenAmount token={token} amount={execution.profit} isSigned />
          )
        }
        note={execution?.profit == null ? "not executed" : differenceText(expectedProfit, execution.profit)}
      />
      <Figure
        label="Found"
        value={<BlockLink hash={block.hash}>block {countText(block.height)}</BlockLink>}
        note={<When ms={foundAtMs} />}
      />
    </dl>
  );
}

function Hops({ opportunity: { hops, fills, amountIn } }: { readonly opportunity: Opportunity }) {
  return (
    <div className="scroll">
      <table className="plain steps" aria-label="Route steps">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Pool</th>
            <th scope="col">Amount in</th>
            <th scope="col">Amount out</th>
          </tr>
        </thead>
        <tbody>
          {hops.map(({ pool, tokenIn, tokenOut, kind }, place) => {
            const fill = fills[place];
            return (
              <tr key={`${pool}${tokenIn}`}>
                <th scope="row">
                  {place + 1} <span className="soft">{kind}</span>
                </th>
                <td>
                  <AddressLink address={pool} />
                </td>
                <td>
                  {fill !== undefined ? (
                    <TokenAmount token={tokenIn} amount={fill.amountIn} />
                  ) : place === 0 ? (
                    <TokenAmount token={tokenIn} amount={amountIn} />
                  ) : (
                    <TokenName token={tokenIn} />
                  )}
                </td>
                <td>
                  {fill === undefined ? (
                    <TokenName token={tokenOut} />
                  ) : (
                    <TokenAmount token={tokenOut} amount={fill.amountOut} />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const STAGES: Readonly<Record<string, string>> = {
  choice: "best of the opportunities in the block",
  compliance: "token and pool are allowed",
  worth: "profit exceeds gas and threshold",
  risk: "within the limits",
};

function Decisions({ decisions }: { readonly decisions: readonly Decision[] }) {
  return (
    <Card title="Decisions">
      <ol className="decisions">
        {decisions.map(({ stage, isGo, code, reason, figures, decidedAtMs }) => (
          <li key={stage + decidedAtMs + code}>
            <Badge tone={isGo ? "good" : "warn"}>{isGo ? "pass" : "fail"}</Badge> <b>{stage}</b>{" "}
            <span className="soft">{STAGES[stage]}</span>
            <p>
              {stage === "worth" ? worthText(reason) : reason} <code className="soft">{code}</code>
            </p>
            {Object.keys(figures).length > 0 && (
              <dl className="small-figures">
                {Object.entries(figures).map(([name, value]) => (
                  <div key={name}>
                    <dt>{figureName(name)}</dt>
                    <dd title={`${name} ${value}`}>{figureText(name, value)}</dd>
                  </div>
                ))}
              </dl>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Simulations({ opportunity: { simulations, token } }: { readonly opportunity: Opportunity }) {
  return (
    <Card title="Simulations">
      {simulations.length === 0 ? (
        <p className="soft">None. The opportunity was refused before simulation.</p>
      ) : (
        <ol className="decisions">
          {simulations.map(({ simulator, isSuccess, profit, gasUsed, failure, simulatedAtMs }) => (
            <li key={simulator + simulatedAtMs}>
              <Badge tone={isSuccess ? "good" : "bad"}>{isSuccess ? "succeeded" : "failed"}</Badge>{" "}
              <b>{simulator}</b>
              <p>
                {isSuccess ? (
                  <TokenAmount token={token} amount={profit} isSigned />
                ) : (
                  (failure ?? "no reason given")
                )}
                , {countText(BigInt(gasUsed))} gas
              </p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Execution({
  opportunity: { execution, token, expectedProfit },
}: {
  readonly opportunity: Opportunity;
}) {
  if (execution === null) return null;
  const { transactionHash, block, profit, wallet, nonce, changedAtMs } = execution;
  return (
    <Card title="Execution" aside={<When ms={changedAtMs} />}>
      <Facts>
        <Fact name="Transaction">
          {transactionHash === null ? "not included" : <TransactionLink hash={transactionHash} isWhole />}
        </Fact>
        {block !== null && (
          <Fact name="Block">
            <BlockLink hash={block.hash}>{countText(block.height)}</BlockLink>
          </Fact>
        )}
        <Fact name="Wallet">
          <AddressLink address={wallet} /> nonce {nonce}
        </Fact>
        <GasOf execution={execution} />
        {profit !== null && (
          <Fact name="Profit">
            <TokenAmount token={token} amount={profit} isSigned /> realised,{" "}
            <TokenAmount token={token} amount={expectedProfit} isSigned /> expected:{" "}
            {differenceText(expectedProfit, profit)}
          </Fact>
        )}
      </Facts>
    </Card>
  );
}
