import { gweiText } from "../../format/units.ts";
import type { BlockJson as ChainBlockJson } from "../../live/chainTypes.ts";
import { useLiveRpc } from "../../live/node.ts";
import { hosts } from "../../session/origin.ts";
import { AddressLink, Badge, Card, Fact, Facts, Figure } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { AsOf } from "../operations/AsOf.tsx";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { shareOf } from "./amounts.ts";
import { Meter } from "./Meter.tsx";
import type { WalletJson } from "./shapes.ts";
import { CoinAmount, TokenAmount } from "./tokens.tsx";
import { useArbitrage, useRisk } from "./useArbitrage.ts";

/** Who pays, what is there, and what gas costs. */
export function WalletsPage() {
  const query = useArbitrage<{ readonly items: readonly WalletJson[] }>("/wallets");
  return (
    <ArbitrageFrame title="Wallets and gas">
      <Gas />
      <Answered query={query} what="Reading wallets">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No wallet is named">On paper none is needed.</Empty>
          ) : (
            <div className="columns">
              {items.map((wallet) => (
                <Wallet key={wallet.address} wallet={wallet} aside={<AsOf query={query} />} />
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
  const head = useLiveRpc<ChainBlockJson>("eth_getBlockByNumber", ["latest", false], hosts("chain")).data;
  if (risk === undefined) return null;
  const { limits, gasWei } = risk;
  const baseFee = head === undefined ? undefined : BigInt(head.baseFeePerGas);
  const most = gweiText(BigInt(limits.gasPriceWeiMax));
  return (
    <>
      <dl className="figures">
        {hosts("chain") ? (
          <Figure
            label="Base fee now"
            value={baseFee === undefined ? "…" : gweiText(baseFee)}
            note={`trades pay at most ${most}`}
          />
        ) : (
          <Figure label="Gas price, at most" value={most} />
        )}
        <Figure label="Gas today" value={<CoinAmount wei={gasWei} />} note="coins" />
        <Figure label="Trades under way" value={String(risk.reservedCount)} />
      </dl>
      <Card title="Of the limits">
        <div className="meters">
          <Meter name="Gas of the day" share={shareOf(gasWei, limits.gasDayWeiMax)}>
            <CoinAmount wei={gasWei} /> of <CoinAmount wei={limits.gasDayWeiMax} /> coins
          </Meter>
          {baseFee !== undefined && (
            <Meter name="Base fee" share={shareOf(String(baseFee), limits.gasPriceWeiMax)}>
              {gweiText(baseFee)} of {most}: above, nothing is sent
            </Meter>
          )}
        </div>
      </Card>
    </>
  );
}

function Wallet({
  wallet: { address, isExecutor, isOwner, mode, coin, nonce, inFlightCount, liveDayMaxWei, tokens },
  aside,
}: {
  readonly wallet: WalletJson;
  readonly aside: React.ReactNode;
}) {
  return (
    <Card
      title={isExecutor ? "Sends the trades" : isOwner ? "Owns the contract, and what it gains" : "Watched"}
      aside={aside}
    >
      <Facts>
        <Fact name="Address">
          <AddressLink address={address} />{" "}
          <Badge tone={mode === "live" ? "warn" : "info"}>
            {mode === "live" ? "with money" : "on paper"}
          </Badge>
        </Fact>
        <Fact name="Coins">{coin === null ? "not known" : <CoinAmount wei={coin} />}</Fact>
        {tokens.map(({ token, amount }) => (
          <Fact key={token} name="Token">
            {amount === null ? "not known" : <TokenAmount token={token} amount={amount} />}
          </Fact>
        ))}
        <Fact name="Next nonce">{nonce === null ? "not known" : String(nonce)}</Fact>
        <Fact name="On the way">{inFlightCount === 0 ? "nothing" : `${inFlightCount} transactions`}</Fact>
        {liveDayMaxWei !== null && (
          <Fact name="A day at most">
            <CoinAmount wei={liveDayMaxWei} /> coins' worth
          </Fact>
        )}
      </Facts>
    </Card>
  );
}
