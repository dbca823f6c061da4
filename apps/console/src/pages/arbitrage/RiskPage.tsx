import { Link } from "@tanstack/react-router";
import type { Risk } from "@trellis/client/arbitrage";
import { gweiText, shortHex } from "../../format/units.ts";
import { Badge, Card, Fact, Facts } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { AsOf } from "../operations/AsOf.tsx";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { shareOf } from "./amounts.ts";
import { KillSwitch } from "./KillSwitch.tsx";
import { Meter } from "./Meter.tsx";
import { CoinAmount, TokenName, useToken } from "./tokens.tsx";
import { useRisk } from "./useArbitrage.ts";

export function RiskPage() {
  const query = useRisk();
  return (
    <ArbitrageFrame title="Risk" aside={<KillSwitch />}>
      <Answered query={query} what="Loading limit usage">
        {(risk) => (
          <>
            <Card title={`Daily limit usage, ${risk.day} UTC`} aside={<AsOf query={query} />}>
              <Meters risk={risk} />
            </Card>
            <div className="columns">
              <Switches risk={risk} />
              <Limits limits={risk.limits} />
            </div>
            <Reserved risk={risk} />
          </>
        )}
      </Answered>
    </ArbitrageFrame>
  );
}

function Meters({
  risk: { chainWei, gasWei, resultWei, failuresInARow, tokens, limits },
}: {
  readonly risk: Risk;
}) {
  const loss = BigInt(resultWei) < 0n ? String(-BigInt(resultWei)) : "0";
  return (
    <div className="meters">
      <Meter name="Daily loss" share={shareOf(loss, limits.lossDayWeiMax)}>
        <CoinAmount wei={resultWei} isSigned /> of at most −<CoinAmount wei={limits.lossDayWeiMax} /> coins,
        then the circuit breaker opens
      </Meter>
      <Meter name="Volume on this chain" share={shareOf(chainWei, limits.chainDayWeiMax)}>
        <CoinAmount wei={chainWei} /> of <CoinAmount wei={limits.chainDayWeiMax} /> coins
      </Meter>
      <Meter name="Gas" share={shareOf(gasWei, limits.gasDayWeiMax)}>
        <CoinAmount wei={gasWei} /> of <CoinAmount wei={limits.gasDayWeiMax} /> coins
      </Meter>
      <Meter name="Consecutive failures" share={failuresInARow / Math.max(1, limits.failuresMax)}>
        {failuresInARow} of {limits.failuresMax}, then trading stops
      </Meter>
      {tokens.map((one) => (
        <TokenMeter key={one.token} {...one} />
      ))}
    </div>
  );
}

function TokenMeter({ token, movedWei, maxWei }: Risk["tokens"][number]) {
  const { symbol } = useToken(token);
  return (
    <Meter name={`Volume of ${symbol}`} share={shareOf(movedWei, maxWei)}>
      <CoinAmount wei={movedWei} /> of <CoinAmount wei={maxWei} /> coins equivalent
    </Meter>
  );
}

function Switches({ risk: { killed, breaker, killFile } }: { readonly risk: Risk }) {
  const state = (isStopped: boolean, fine: string, stopped: string) => (
    <Badge tone={isStopped ? "bad" : "good"}>{isStopped ? stopped : fine}</Badge>
  );
  return (
    <Card title="Safety switches">
      <Facts>
        <Fact name="Kill switch">{state(killed !== null, "off", "active")}</Fact>
        <Fact name="Circuit breaker">{state(breaker !== null, "closed", "open")}</Fact>
        <Fact name="Kill file">{state(killFile !== null, "absent", "present")}</Fact>
      </Facts>
    </Card>
  );
}

function Limits({ limits }: { readonly limits: Risk["limits"] }) {
  return (
    <Card title="Limits per trade" aside={<Link to="/arbitrage/settings">Edit limits</Link>}>
      <Facts>
        <Fact name="Maximum trade size">
          <CoinAmount wei={limits.tradeWeiMax} /> coins equivalent
        </Fact>
        <Fact name="Gas price">at most {gweiText(BigInt(limits.gasPriceWeiMax))}</Fact>
        <Fact name="Data age">at most {limits.dataAgeMsMax / 1_000} s</Fact>
        <Fact name="Maximum daily volume per token">
          <CoinAmount wei={limits.tokenDayWeiMax} /> coins equivalent
        </Fact>
      </Facts>
    </Card>
  );
}

function Reserved({ risk: { reserved } }: { readonly risk: Risk }) {
  return (
    <Card title="Trades in flight" aside={<span>volume and gas count against the limits</span>}>
      {reserved.length === 0 ? (
        <Empty title="No trades in flight" />
      ) : (
        <Table
          label="Trades in flight"
          rows={reserved}
          keyOf={({ id }) => id}
          columns={[
            {
              name: "Trade",
              width: "1fr",
              cell: ({ id }) => (
                <Link to="/arbitrage/opportunity/$id" params={{ id }}>
                  <code>{shortHex(id)}</code>
                </Link>
              ),
            },
            { name: "Token", width: "1fr", cell: ({ token }) => <TokenName token={token} /> },
            {
              name: "Volume, coins",
              width: "1fr",
              isNumeric: true,
              cell: ({ notionalWei }) => <CoinAmount wei={notionalWei} />,
            },
            {
              name: "Maximum gas, coins",
              width: "1fr",
              isNumeric: true,
              cell: ({ gasWeiMax }) => <CoinAmount wei={gasWeiMax} />,
            },
          ]}
        />
      )}
    </Card>
  );
}
