import { bookNonceSlot, checkBooks, openBooks, openLedger } from "@trellis/arbitrage/ledger";
import {
  createEvmSimulator,
  gasLimitFor,
  type RouteOutcome,
  simulateRoute,
} from "@trellis/arbitrage/simulation";
import {
  createPublicRelay,
  type NonceSlot,
  openNonceSlotStore,
  outcomeOf,
  Submitter,
} from "@trellis/arbitrage/submission";
import { createCallSimulator } from "@trellis/arbitrage/testing/createCallSimulator";
import { type Hex, isTrellisError, silentLog, silentMetrics } from "@trellis/base";
import {
  type ChainBlock,
  type ChainClient,
  createRpcChainClient,
  createRpcStateClient,
  createSender,
  openRpcEndpoint,
} from "@trellis/client";
import { encodeExecute, type Route, type RouteHop } from "@trellis/contracts/arbitrage";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { createEvm } from "@trellis/evm";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployMarket } from "./arbitrageMarket.ts";
import { MNEMONIC } from "./chain.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";

const [account] = accountsFromMnemonic(MNEMONIC, 1);
const UNIT = 10n ** 18n;
const FEE_LIMIT_WEI = 10n ** 12n;

const url = await embeddedDatabase();
let devnet: Devnet;
beforeAll(async () => {
  devnet = await startDevnet({ args: ["--block-time", "250"] });
});
afterAll(() => devnet?.stop());

function hop(pool: Hex, tokenIn: Hex, tokenOut: Hex): RouteHop {
  const zeroForOne = BigInt(tokenIn) < BigInt(tokenOut);
  return { kind: "swapV2", pool, tokenIn, zeroForOne, feePpm: 3_000 };
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

/** Like the engine, retries if a block's state is pruned. */
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
  it("ARB-13, ARB-17, ARB-27: both simulators predict the transaction's profit to the wei, and the books equal the chain", async () => {
    const { chainId } = devnet.ready;
    const request = openRpcEndpoint({ name: "devnet", url: devnet.rpcUrl }, { metrics: silentMetrics });
    const client = createRpcChainClient("devnet", chainId, request);
    const signer = createLocalSigner(account!.privateKey);
    const sender = createSender({ chainId, feeLimitWei: FEE_LIMIT_WEI }, { client, signer });
    const wallet = sender.address;
    const market = await deployMarket(client, sender, sender);
    const { base, other, arbitrageur } = market;
    const [cheap, even] = market.pairs as [Hex, Hex];
    await market.openGap(cheap, 50n * UNIT);
    const hops = [hop(even, base, other), hop(cheap, other, base)];
    const states = createRpcStateClient("devnet", chainId, request);
    const database = openDatabase({ url }, SILENT);
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
          store: await openNonceSlotStore(database, `${chainId}/${wallet}`),
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
      let slot: NonceSlot = await submitter.submit(job);
      const keeping = { chainId, wallet, arbitrageur, owner: wallet };
      while (slot.state !== "final") {
        await new Promise<void>((resolve) => systemScheduler.after(50, resolve));
        for (slot of await submitter.advance())
          await bookNonceSlot(slot, keeping, {
            ledger,
            client,
            clock: systemClock,
            worthOf: () => undefined,
          });
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
