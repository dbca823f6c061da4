import type { Hex, Metrics } from "@trellis/base";
import {
  type ChainClient,
  checkQuorum,
  createAgreedBlockLogs,
  createAgreedClient,
  createAgreedStateClient,
  createAgreedTransactions,
  createRpcBlockLogs,
  createRpcChainClient,
  createRpcStateClient,
  createRpcTransactions,
  type NamedBlockLogs,
  openRpcEndpoint,
  type StateClient,
  type TransactionReader,
} from "@trellis/client";
import { arbitrageurAddress } from "@trellis/contracts/arbitrage";
import { createEvm } from "@trellis/evm";
import { platformErrors } from "@trellis/platform";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom, systemScheduler } from "@trellis/platform/system";
import type { EngineOptions, TokenPrices } from "../engine/index.ts";
import {
  balancerWeightedFactory,
  curveStableSource,
  type PoolFactory,
  uniswapV2Factory,
  uniswapV3Factory,
} from "../index.ts";
import { createEvmSimulator } from "../simulation/index.ts";
import type { ArbitrageServiceSettings, FactorySetting } from "./settings/index.ts";

const MILLION = 1_000_000n;
const NOBODY: Hex = `0x${"00".repeat(20)}`;
const PROBE_BLOCKS_MAX = 256;
/** After deeper reorganisations, pools are read again. */
const BLOCKS_MAX = 128;
export const GAS_MAX = 3_000_000n;

export async function openMarket(
  flags: ArbitrageServiceSettings,
  { metrics, io }: { metrics: Metrics; io: ProcessIo },
) {
  const { chain, rpcFrom } = flags;
  if (rpcFrom === "") throw platformErrors.CONFIG_INVALID_VALUE({ setting: "rpcFrom", reason: "missing" });
  const urls = (await readSecret(rpcFrom, "Addresses of the nodes", io)).split(",").map((url) => url.trim());
  const nodes = urls.map((url, place) => {
    const name = `${chain}/${place + 1}`;
    const request = openRpcEndpoint({ name, url }, { metrics });
    return {
      name,
      client: createRpcChainClient(name, chain, request),
      transactions: createRpcTransactions(name, chain, request),
      blockLogs: createRpcBlockLogs(name, chain, request),
      states: createRpcStateClient(name, chain, request),
    };
  });
  const [first, second] = nodes;
  if (first === undefined)
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "rpcFrom", reason: "missing" });
  const quorum = flags.quorum === 0 ? Math.floor(nodes.length / 2) + 1 : flags.quorum;
  checkQuorum(nodes, quorum);
  const agreed = second === undefined ? first : agreedNodes(nodes, quorum);
  const { client, transactions, blockLogs, states } = agreed;
  const evm = createEvm({ random: systemRandom });
  return {
    client,
    transactions,
    blockLogs,
    simulator: createEvmSimulator({ chainId: chain }, { evm, client: states }),
  };
}

interface MarketNode extends NamedBlockLogs {
  readonly client: ChainClient;
  readonly transactions: TransactionReader;
  readonly states: StateClient;
}

function agreedNodes(nodes: readonly MarketNode[], quorum: number): Omit<MarketNode, "name"> {
  return {
    client: createAgreedClient(
      nodes.map(({ client }) => client),
      quorum,
      { scheduler: systemScheduler },
    ),
    transactions: createAgreedTransactions(
      nodes.map(({ transactions }) => transactions),
      quorum,
    ),
    blockLogs: createAgreedBlockLogs(nodes, quorum),
    states: createAgreedStateClient(
      nodes.map(({ states }) => states),
      quorum,
    ),
  };
}

export type Market = Awaited<ReturnType<typeof openMarket>>;

export function engineOptions(flags: ArbitrageServiceSettings, executor?: Hex): EngineOptions {
  const { factories, curvePools, profitTokens, tokens, multicall, limits } = flags;
  for (const setting of ["factories", "profitTokens"] as const)
    if (flags[setting].length === 0)
      throw platformErrors.CONFIG_INVALID_VALUE({ setting, reason: "missing" });
  const wallet = executor ?? lower(flags.wallet || flags.owner);
  const owner = flags.owner === "" ? wallet : lower(flags.owner);
  const prices: TokenPrices = new Map(
    profitTokens.map(({ address, amount, wei }) => [
      lower(address),
      { amount: BigInt(amount), wei: BigInt(wei) },
    ]),
  );
  return {
    chainId: flags.chain,
    factories: factories.map((setting) => ({ factory: factoryOf(setting), fromHeight: setting.fromBlock })),
    pools: curvePools.map(curveStableSource),
    ...(tokens.length > 0 && { tokens: new Set(tokens.map(lower)) }),
    ...(multicall !== "" && { multicall: lower(multicall) }),
    prices,
    isSimulated: true,
    arbitrageur: arbitrageurAddress(owner),
    executor: wallet,
    owner,
    blocksMax: BLOCKS_MAX,
    probeBlocksMax: PROBE_BLOCKS_MAX,
    sampleCount: 1,
    scan: { hopsMax: 4, cyclesMax: 200 },
    sizedMax: 50,
    tradesMax: 8,
    windowBlocks: flags.window,
    lifetimeSeconds: 120,
    afterSeconds: 1,
    gasMax: GAS_MAX,
    gasMarginPercent: 10,
    gasPriceWeiMax: BigInt(limits.gasPriceMax),
    marginPpm: limits.marginPpm,
    thresholdWei: BigInt(limits.threshold),
    tradeWeiMax: BigInt(limits.tradeMax),
    l1Fee: flags.l1Fee,
  };
}

function factoryOf(setting: FactorySetting): PoolFactory {
  const address = lower(setting.address);
  if (setting.kind === "balancer-weighted") {
    const { vault, exactPowers: hasExactPowers } = setting;
    return balancerWeightedFactory({ address, vault: lower(vault), hasExactPowers });
  }
  const { initCodeHash, feePpm } = setting;
  const options = { address, initCodeHash: lower(initCodeHash) };
  if (setting.kind === "uniswap-v3") return uniswapV3Factory(options);
  return uniswapV2Factory({ ...options, fee: { numerator: BigInt(feePpm), denominator: MILLION } });
}

function lower(text: string): Hex {
  return text === "" ? NOBODY : (text.toLowerCase() as Hex);
}
