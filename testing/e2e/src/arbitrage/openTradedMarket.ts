import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex, silentMetrics } from "@trellis/base";
import {
  type ChainClient,
  createRpcChainClient,
  createSender,
  type FinalityRule,
  openRpcEndpoint,
  type Sender,
} from "@trellis/client";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { type DeployedMarket, deployMarket, PAIR_CODE_HASH } from "../arbitrageMarket.ts";
import { MNEMONIC } from "../chain.ts";
import type { Devnet } from "../startDevnet.ts";
import type { BookedAccounts } from "./ArbitrageService.ts";

export interface TradedMarket {
  readonly client: ChainClient;
  readonly market: DeployedMarket;
  readonly trader: Sender;
  readonly owner: Sender;
  readonly accounts: BookedAccounts;
  readonly settings: Readonly<Record<string, unknown>> & { readonly limits: object };
}

const FEE_LIMIT_WEI = 10n ** 12n;
const LIMIT = String(10n ** 24n);

/** @param folder for settings files @param rule default: inclusion, for chains without reorganisations */
export async function openTradedMarket(
  { rpcUrl, ready: { chainId } }: Devnet,
  folder: string,
  rule: FinalityRule = { confirmations: 0 },
): Promise<TradedMarket> {
  const request = openRpcEndpoint({ name: "node", url: rpcUrl }, { metrics: silentMetrics });
  const client = createRpcChainClient("node", chainId, request);
  const keys = accountsFromMnemonic(MNEMONIC, 2);
  const senderOf = ({ privateKey }: (typeof keys)[number]): Sender =>
    createSender({ chainId, feeLimitWei: FEE_LIMIT_WEI }, { client, signer: createLocalSigner(privateKey) });
  const [owner, trader] = [senderOf(keys[0]!), senderOf(keys[1]!)];
  const market = await deployMarket(client, trader, owner, rule);
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return `file:${join(folder, name)}`;
  };
  const settings = {
    chain: chainId,
    rpcFrom: await file("nodes", rpcUrl),
    walletKeyFrom: await file("wallet", bytesToHex(keys[0]!.privateKey)),
    factories: market.factories.map((address) => ({
      kind: "uniswap-v2",
      address,
      initCodeHash: PAIR_CODE_HASH,
    })),
    profitTokens: [{ address: market.base }],
    owner: owner.address,
    limits: { tradeMax: LIMIT, tokenDayMax: LIMIT, chainDayMax: LIMIT, gasDayMax: LIMIT },
    window: 40,
    poll: "50ms",
  };
  const accounts = {
    rpcUrl,
    wallet: owner.address,
    owner: owner.address,
    arbitrageur: market.arbitrageur,
    token: market.base,
  };
  return { client, market, trader, owner, accounts, settings };
}
