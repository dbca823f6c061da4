import type { Wallet } from "@trellis/client/arbitrage";
import { gweiText } from "../../format/units.ts";
import type { BlockJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { hosts } from "../../origin.ts";
import { AddressLink, Badge, Card, Fact, Facts, Figure } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { AsOf } from "../operations/AsOf.tsx";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { shareOf } from "./amounts.ts";
import { Meter } from "./Meter.tsx";
import { CoinAmount, TokenAmount } from "./tokens.tsx";
import { useArbitrage, useRisk } from "./useArbitrage.ts";

export function WalletsPage() {
  const query = useArbitrage<{ readonly items: readonly Wallet[] }>("/wallets");
  return (
    <ArbitrageFrame title="Wallets and gas">
      <Gas />
      <Answered query={query} what="Loading wallets">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No wallet configured">Paper trading needs no wallet.</Empty>
          ) : (
            <div className="columns">
              {items.map((wallet) => (
                <WalletCard key={wallet.address} wallet={wallet} aside={<AsOf query={query} />} />
              ))}
            </div>
          )
        }
      </Answered>
    </ArbitrageFrame>
  );
}

function Gas() {
  const risk = useRisk().data;
  const head = useLiveRpc<BlockJson>("eth_getBlockByNumber", ["latest", false], hosts("chain")).data;
  if (risk === undefined) return null;
  const { limits, gasWei } = risk;
  const baseFee = head === undefined ? undefined : BigInt(head.baseFeePerGas);
  const most = gweiText(BigInt(limits.gasPriceWeiMax));
  return (
    <>
      <dl className="figures">
        {hosts("chain") ? (
          <Figure
            label="Base fee"
            value={baseFee === undefined ? "…" : gweiText(baseFee)}
            note={`maximum gas price of trades: ${most}`}
          />
        ) : (
          <Figure label="Maximum gas price" value={most} />
        )}
        <Figure label="Gas today" value={<CoinAmount wei={gasWei} />} note="coins" />
        <Figure label="Trades in flight" value={String(risk.reservedCount)} />
      </dl>
      <Card title="Limit usage">
        <div className="meters">
          <Meter name="Gas today" share={shareOf(gasWei, limits.gasDayWeiMax)}>
            <CoinAmount wei={gasWei} /> of <CoinAmount wei={limits.gasDayWeiMax} /> coins
          </Meter>
          {baseFee !== undefined && (
            <Meter name="Base fee" share={shareOf(String(baseFee), limits.gasPriceWeiMax)}>
              {gweiText(baseFee)} of {most}; no trades above the limit
            </Meter>
          )}
        </div>
      </Card>
    </>
  );
}

function WalletCard({
  wallet: { address, isExecutor, isOwner, mode, coin, nonce, inFlightCount, liveDayMaxWei, tokens },
  aside,
}: {
  readonly wallet: Wallet;
  readonly aside: React.ReactNode;
}) {
  return (
    <Card title={isExecutor ? "Executor wallet" : isOwner ? "Owner wallet" : "Watched wallet"} aside={aside}>
      <Facts>
        <Fact name="Address">
          <AddressLink address={address} />{" "}
          <Badge tone={mode === "live" ? "warn" : "info"}>
            {mode === "live" ? "Live trading" : "Paper trading"}
          </Badge>
        </Fact>
        <Fact name="Balance">{coin === null ? "unknown" : <CoinAmount wei={coin} />}</Fact>
        {tokens.map(({ token, amount }) => (
          <Fact key={token} name="Token balance">
            {amount === null ? "unknown" : <TokenAmount token={token} amount={amount} />}
          </Fact>
        ))}
        <Fact name="Next nonce">{nonce === null ? "unknown" : String(nonce)}</Fact>
        <Fact name="In flight">{inFlightCount === 0 ? "none" : `${inFlightCount} transactions`}</Fact>
        {liveDayMaxWei !== null && (
          <Fact name="Daily limit">
            <CoinAmount wei={liveDayMaxWei} /> coins equivalent
          </Fact>
        )}
      </Facts>
    </Card>
  );
}
