import { expect, it } from "vitest";
import { addressOf } from "../pools/testing/addresses.ts";
import { createMemoryQueue } from "../queue/index.ts";
import { createMemoryRiskStore, createRisk } from "../risk/index.ts";
import { submissionErrors } from "../submission/index.ts";
import { createMemoryNonceSlotStore } from "../submission/testing/createMemoryNonceSlotStore.ts";
import type { EngineWallet } from "./EngineWallets.ts";
import { EXECUTOR, GAP, LIMITS, watching } from "./testing/openEngineBench.ts";

const clock = { nowMs: () => 1_000_000 };

function walletOf(executor: typeof EXECUTOR) {
  const state = { isSettled: false, closed: 0 };
  const wallet: EngineWallet = {
    executor,
    risk: createRisk({
      store: createMemoryRiskStore(),
      clock,
      killSwitch: async () => undefined,
      limits: () => LIMITS,
    }),
    queue: createMemoryQueue({ worker: "test", leaseMs: 5_000 }, clock),
    live: {
      slots: createMemoryNonceSlotStore(),
      submitter: {
        advance: async () => [],
        isSettled: async () => state.isSettled,
        async submit() {
          throw submissionErrors.SUBMISSION_BUSY({ reason: executor });
        },
      },
    },
    close: () => {
      state.closed += 1;
    },
  };
  return Object.assign(state, { wallet });
}

const skipped = { outcome: "refused", code: "walletChanging" };
const NEXT = addressOf(0xe1);

it("ARB-41: another wallet trades once the former one is settled; trades until then are recorded and found again", async () => {
  const [former, next] = [walletOf(EXECUTOR), walletOf(NEXT)];
  const { engine, market, ledger, risk } = await watching({ live: former.wallet.live! });
  market.mine(GAP);
  expect((await engine.step())!.trades).toMatchObject([{ reason: expect.stringContaining(EXECUTOR) }]);
  await risk.kill("a test", "it stops the next wallet, too");
  let changed = 0;
  engine.changeWallet(next.wallet, () => {
    changed += 1;
  });
  market.mine();
  const [trade] = (await engine.step())!.trades;
  expect(trade).toMatchObject(skipped);
  expect(await ledger.history(trade!.id)).toMatchObject({
    outcome: "refused",
    decisions: [{ stage: "choice", code: "walletChanging", reason: expect.stringContaining(EXECUTOR) }],
  });
  expect([engine.status().formerWallets, changed]).toEqual([[EXECUTOR], 1]);
  expect(await next.wallet.risk.state()).toMatchObject({ killed: { by: "a test" } });
  const hops = trade!.route.hops.map(({ pool, tokenIn }) => ({ pool, tokenIn }));
  expect(await engine.execute({ hops, amountIn: undefined })).toMatchObject(skipped);

  former.isSettled = true;
  market.mine();
  expect((await engine.step())!.trades).toMatchObject([{ code: "killed" }]);
  await next.wallet.risk.revive();
  market.mine(GAP);
  expect((await engine.step())!.trades).toMatchObject([{ reason: expect.stringContaining(NEXT) }]);
  expect(engine.status().formerWallets).toEqual([]);
});

it("ARB-41: a wallet that becomes the present one again is not a former one", async () => {
  const [first, next, again] = [walletOf(EXECUTOR), walletOf(NEXT), walletOf(EXECUTOR)];
  const { engine, market } = await watching({ live: first.wallet.live! });
  engine.changeWallet(next.wallet);
  market.mine();
  await engine.step();
  engine.changeWallet(again.wallet);
  market.mine();
  await engine.step();
  expect(engine.status().formerWallets).toEqual([NEXT]);
  next.isSettled = true;
  market.mine(GAP);
  expect((await engine.step())!.trades).toMatchObject([{ reason: expect.stringContaining(EXECUTOR) }]);
  expect([first.closed, next.closed, again.closed]).toEqual([0, 1, 0]);
});

it.each(["before the step", "during the change"])(
  "ARB-41: a change withdrawn %s does not trade",
  async (time) => {
    const [next, again] = [walletOf(NEXT), walletOf(EXECUTOR)];
    const { engine, market } = await watching({ live: walletOf(EXECUTOR).wallet.live! });
    const withdraw = () => engine.changeWallet(again.wallet);
    const open = async () => {
      if (time === "during the change") withdraw();
      return [];
    };
    const slots = { ...next.wallet.live!.slots, open };
    next.isSettled = true;
    engine.changeWallet({ ...next.wallet, live: { ...next.wallet.live!, slots } });
    if (time === "before the step") withdraw();
    market.mine(GAP);
    expect((await engine.step())!.trades).toMatchObject([{ reason: expect.stringContaining(EXECUTOR) }]);
    expect(engine.status().formerWallets).toEqual([]);
  },
);

it("ARB-41: a restarted engine first finishes the trades of a former wallet", async () => {
  const [former, present] = [walletOf(NEXT), walletOf(EXECUTOR)];
  const { engine, market } = await watching({ live: present.wallet.live!, former: [former.wallet] });
  market.mine(GAP);
  expect((await engine.step())!.trades).toMatchObject([skipped]);
  former.isSettled = true;
  market.mine();
  expect((await engine.step())!.trades).toMatchObject([{ code: "SUBMISSION_BUSY" }]);
  expect(former.closed).toBe(1);
});
