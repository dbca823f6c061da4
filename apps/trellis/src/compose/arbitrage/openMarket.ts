import {
  balancerWeightedFactory,
  curveStableSource,
  type PoolFactory,
  uniswapV2Factory,
  uniswapV3Factory,
} from "@trellis/arbitrage";
import type { EngineTerms, TokenPrices } from "@trellis/arbitrage/engine";
import { createEvmSimulator } from "@trellis/arbitrage/simulation";
import type { Hex, Metrics } from "@trellis/base";
import {
  createAgreedClient,
  createAgreedTransactions,
  createRpcBlockLogs,
  createRpcChainClient,
  createRpcStateClient,
  createRpcTransactions,
  openRpcEndpoint,
} from "@trellis/client";
import { arbitrageurAddress } from "@trellis/contracts/arbitrage";
import { createEvm } from "@trellis/evm";
import { systemRandom, systemScheduler } from "@trellis/platform/system";
import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ArbitrageFlags, FactorySetting } from "../../config/arbitrage.ts";
import { readSecret } from "../../verbs/keys/readSecret.ts";
import { arbitrageErrors } from "./errors.ts";

const MILLION = 1_000_000n;
const NOBODY: Hex = `0x${"00".repeat(20)}`;
/** A verdict on a token holds for so many blocks. */
const PROBE_BLOCKS_MAX = 256;
/** Reorganisations so deep are followed; what is deeper begins anew. */
const BLOCKS_MAX = 128;
/** What one trade may use. */
export const GAS_MAX = 3_000_000n;

/** The chain as the engine sees it. The nodes' answers are agreed on; logs and simulated states are the first one's. */
export async function openMarket(flags: ArbitrageFlags, { metrics, io }: { metrics: Metrics; io: VerbIo }) {
  const { chain, rpcFrom } = flags;
  if (rpcFrom === "") throw arbitrageErrors.ARBITRAGE_SETTING_MISSING({ setting: "rpcFrom" });
  const urls = (await readSecret(rpcFrom, "Addresses of the nodes", io)).split(",").map((url) => url.trim());
  const nodes = urls.map((url, place) => {
    const name = `${chain}/${place + 1}`;
    return { name, request: openRpcEndpoint({ name, url }, { metrics }) };
  });
  const clients = nodes.map(({ name, request }) => createRpcChainClient(name, chain, request));
  const quorum = flags.quorum === 0 ? Math.floor(nodes.length / 2) + 1 : flags.quorum;
  const [first] = nodes;
  const [only] = clients;
  if (first === undefined || only === undefined)
    throw arbitrageErrors.ARBITRAGE_SETTING_MISSING({ setting: "rpcFrom" });
  const readers = nodes.map(({ name, request }) => createRpcTransactions(name, chain, request));
  const states = createRpcStateClient(first.name, chain, first.request);
  return {
    client: clients.length === 1 ? only : createAgreedClient(clients, quorum, { scheduler: systemScheduler }),
    transactions: createAgreedTransactions(readers, quorum),
    blockLogs: createRpcBlockLogs(first.name, chain, first.request),
    simulator: createEvmSimulator(
      { chainId: chain },
      { evm: createEvm({ random: systemRandom }), client: states },
    ),
  };
}

export type Market = Awaited<ReturnType<typeof openMarket>>;

/** What the settings say to the engine. @throws ARBITRAGE_SETTING_MISSING */
export function engineTerms(flags: ArbitrageFlags, executor?: Hex): EngineTerms {
  const { factories, curvePools, profitTokens, tokens, multicall } = flags;
  for (const setting of ["factories", "profitTokens"] as const)
    if (flags[setting].length === 0) throw arbitrageErrors.ARBITRAGE_SETTING_MISSING({ setting });
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
    ...{ arbitrageur: arbitrageurAddress(owner), executor: wallet, owner },
    ...{ blocksMax: BLOCKS_MAX, probeBlocksMax: PROBE_BLOCKS_MAX, sampleCount: 1 },
    ...{ scan: { hopsMax: 4, cyclesMax: 200 }, sizedMax: 50, tradesMax: 8 },
    ...{ windowBlocks: flags.window, lifetimeSeconds: 120, afterSeconds: 1 },
    ...{ gasMax: GAS_MAX, gasMarginPercent: 10, gasPriceWeiMax: BigInt(flags.gasPriceMax) },
    ...{ marginPpm: flags.marginPpm, thresholdWei: BigInt(flags.threshold) },
    tradeWeiMax: BigInt(flags.tradeMax),
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
