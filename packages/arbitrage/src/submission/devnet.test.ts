import {
  bytesToHex,
  concatBytes,
  type Hex,
  hexToBytes,
  isTrellisError,
  silentLog,
  silentMetrics,
} from "@trellis/base";
import {
  type ChainBlock,
  type ChainClient,
  createRpcChainClient,
  createRpcStateClient,
  createSender,
  openRpcEndpoint,
  type Sender,
  waitForFinality,
} from "@trellis/client";
import {
  Arbitrageur,
  arbitrageurAddress,
  arbitrageurDeployment,
  create2Address,
  DETERMINISTIC_DEPLOYER_ADDRESS,
  encodeExecute,
  pairAddressV2,
  type Route,
  type RouteHop,
} from "@trellis/contracts/arbitrage";
import { accountsFromMnemonic, createLocalSigner, keccak256 } from "@trellis/crypto";
import { type Devnet, startDevnet } from "@trellis/e2e";
import { createEvm } from "@trellis/evm";
import { SILENT } from "@trellis/kit/databases";
import { TOKENS, uniswapArtifact } from "@trellis/market";
import { openDatabase } from "@trellis/platform/db";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { type Abi, encodeDeployData, encodeFunctionData } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bookSlot, checkBooks, openBooks, openLedger } from "../ledger/index.ts";
import {
  createCallSimulator,
  createEvmSimulator,
  gasLimitFor,
  type RouteOutcome,
  simulateRoute,
} from "../simulation/index.ts";
import { createPublicRelay, openSlotStore, outcomeOf, type Slot, Submitter } from "./index.ts";

const [account] = accountsFromMnemonic("test test test test test test test test test test test junk", 1);
const signer = createLocalSigner(account!.privateKey);
const wallet: Hex = bytesToHex(signer.address);
const UNIT = 10n ** 18n;
const FEE_LIMIT_WEI = 10n ** 12n;
const WAIT = { rule: "finalized", pollMs: 50, timeoutMs: 180_000 } as const;
const PORTS = { clock: systemClock, scheduler: systemScheduler };
const PAIR_CODE_HASH: Hex = bytesToHex(keccak256(hexToBytes(uniswapArtifact("V2Pair").bytecode)));

let devnet: Devnet;
beforeAll(async () => {
  devnet = await startDevnet({ args: ["--block-time", "250"] });
});
afterAll(() => devnet?.stop());

/** Where the deterministic deployer puts this code. */
function placed(salt: number, initCode: Hex): { readonly address: Hex; readonly data: Hex } {
  const saltBytes = new Uint8Array(32).fill(salt);
  const address = create2Address(DETERMINISTIC_DEPLOYER_ADDRESS, saltBytes, keccak256(hexToBytes(initCode)));
  return { address, data: bytesToHex(concatBytes(saltBytes, hexToBytes(initCode))) };
}

/** Two tokens, and a pair of each of two factories, one of which sells the second token a tenth cheaper. */
async function buildMarket(client: ChainClient, sender: Sender) {
  const { abi: factoryAbi, bytecode } = uniswapArtifact("V2Factory");
  const pairAbi = uniswapArtifact("V2Pair").abi;
  const tokenAbi: Abi = TOKENS.PlainToken.abi;
  let last: Hex | undefined;
  // The gas is given: an estimate would need what the transactions before it do.
  const send = async (to: Hex, data: Hex) => {
    const nonce = await client.nextNonce(sender.address, "pending");
    const prepared = await sender.prepare({ to, data }, { nonce, gasLimit: 4_000_000n });
    await client.send(prepared.raw);
    last = prepared.hash;
  };
  const call = (to: Hex, abi: Abi, functionName: string, args: readonly unknown[]) =>
    send(to, encodeFunctionData({ abi, functionName, args }));
  const deploy = async (salt: number, initCode: Hex): Promise<Hex> => {
    const { address, data } = placed(salt, initCode);
    await send(DETERMINISTIC_DEPLOYER_ADDRESS, data);
    return address;
  };
  const base = await deploy(1, TOKENS.PlainToken.bytecode);
  const other = await deploy(2, TOKENS.PlainToken.bytecode);
  const factoryCode = encodeDeployData({ abi: factoryAbi, bytecode, args: [wallet] });
  const pairs: Hex[] = [];
  for (const [salt, amountOther] of [
    [3, 1_100n * UNIT],
    [4, 1_000n * UNIT],
  ] as const) {
    const factory = await deploy(salt, factoryCode);
    await call(factory, factoryAbi, "createPair", [base, other]);
    const pair = pairAddressV2(factory, PAIR_CODE_HASH, base, other);
    await call(base, tokenAbi, "mint", [pair, 1_000n * UNIT]);
    await call(other, tokenAbi, "mint", [pair, amountOther]);
    await call(pair, pairAbi, "mint", [wallet]);
    pairs.push(pair);
  }
  const deployment = arbitrageurDeployment(wallet);
  await send(deployment.to, deployment.data);
  const arbitrageur = arbitrageurAddress(wallet);
  await call(arbitrageur, Arbitrageur.abi as Abi, "setExecutor", [wallet, true]);
  await waitForFinality(client, last!, WAIT, PORTS);
  const [cheap, dear] = pairs as [Hex, Hex];
  const hop = (pool: Hex, tokenIn: Hex, tokenOut: Hex): RouteHop => ({
    kind: "swapV2",
    pool,
    tokenIn,
    zeroForOne: BigInt(tokenIn) < BigInt(tokenOut),
    feePpm: 3_000,
  });
  return { base, other, arbitrageur, hops: [hop(cheap, base, other), hop(dear, other, base)] };
}

function routeAt({ height, timeSeconds }: ChainBlock, hops: readonly RouteHop[]): Route {
  return {
    anchor: { number: height, hash: undefined },
    windowBlocks: 255,
    deadlineSeconds: timeSeconds + 600,
    profitMin: 1n,
    amountIn: 20n * UNIT,
    hops,
  };
}

/** As the engine does: where a block's state is gone before all was read, the newest one is taken. */
async function onNewestBlock<T>(client: ChainClient, work: (block: ChainBlock) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const block = await client.block("latest");
    try {
      return await work(block!);
    } catch (error) {
      if (!isTrellisError(error, "NODE_BLOCK_UNKNOWN") || attempt === 10) throw error;
    }
  }
}

describe("arbitrage on a devnet", () => {
  it("ARB-13, ARB-17, ARB-27: both simulators foretell what the transaction then brings to the wei, and the books equal the chain", async () => {
    const { chainId } = devnet.ready;
    const request = openRpcEndpoint({ name: "devnet", url: devnet.rpcUrl }, { metrics: silentMetrics });
    const client = createRpcChainClient("devnet", chainId, request);
    const sender = createSender({ chainId, feeLimitWei: FEE_LIMIT_WEI }, { client, signer });
    const { base, other, arbitrageur, hops } = await buildMarket(client, sender);
    const states = createRpcStateClient("devnet", chainId, request);
    const database = openDatabase({ url: "pglite:" }, SILENT);
    try {
      const ledger = await openLedger(database);
      const block = (await client.block("latest"))!;
      const accounts = [wallet, arbitrageur].flatMap((of) =>
        [base, other, "coin" as const].map((asset) => ({ account: of, asset })),
      );
      await openBooks(ledger, client, accounts, { chainId, block, nowMs: systemClock.nowMs() });

      const simulators = [
        createCallSimulator(states),
        createEvmSimulator({ chainId }, { evm: createEvm({ random: systemRandom }), client: states }),
      ];
      const { route, outcomes } = await onNewestBlock(client, async (newest) => {
        const found = routeAt(newest, hops);
        const input = { route: found, arbitrageur, executor: wallet, owner: wallet, gasLimit: 2_000_000n };
        const outcomes = await Promise.all(
          simulators.map((simulator) =>
            simulateRoute(simulator, { ...input, block: newest, afterSeconds: 1 }),
          ),
        );
        return { route: found, outcomes };
      });
      const [simulated, locally] = outcomes as [RouteOutcome, RouteOutcome];
      expect(simulated).toMatchObject({ isSuccess: true });
      expect(locally).toEqual(simulated);

      const id = "first";
      const expectedProfit = simulated.profit;
      const foundAtMs = systemClock.nowMs();
      await ledger.addOpportunity({ id, chainId, block, route, expectedProfit, foundAtMs });
      const submitter = new Submitter(
        { rule: "finalized", replaceAfterMs: 10_000, inFlightMax: 1 },
        {
          client,
          sender,
          relay: createPublicRelay(client),
          store: await openSlotStore(database, `${chainId}/${wallet}`),
          clock: systemClock,
          log: silentLog,
        },
      );
      const data = encodeExecute({ ...route, profitMin: simulated.profit });
      const job = {
        id,
        call: { to: arbitrageur, data },
        gasLimit: gasLimitFor(simulated.gasUsed, 5),
        lastBlock: route.anchor.number + route.windowBlocks,
      };
      let slot: Slot = await submitter.submit(job);
      const keeping = { chainId, wallet, arbitrageur, owner: wallet };
      while (slot.state !== "final") {
        await new Promise<void>((resolve) => systemScheduler.after(50, resolve));
        for (slot of await submitter.advance())
          await bookSlot(slot, keeping, { ledger, client, clock: systemClock, worthOf: () => undefined });
      }
      expect(outcomeOf(slot, id)).toBe("executed");
      const included = slot.inclusion!.block;
      const results = await ledger.results({ fromMs: 0, toMs: systemClock.nowMs() + 1 });
      expect(results.find(({ asset }) => asset === base)?.profit).toBe(simulated.profit);
      expect(slot.inclusion!.gasUsed).toBeLessThanOrEqual(simulated.gasUsed);
      expect(await checkBooks(ledger, client, { chainId, block: included })).toEqual([]);
      const { fills } = (await ledger.history(id))!;
      expect(fills[1]!.amountOut - fills[0]!.amountIn).toBe(simulated.profit);
    } finally {
      await database.close();
    }
  });
});
