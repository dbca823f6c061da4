import type { Hex } from "@trellis/base";
import { describeDatabases } from "@trellis/kit/databases";
import { expect, it } from "vitest";
import { LIMITS } from "../engine/testing/openEngineBench.ts";
import { createMemoryQueue } from "../queue/index.ts";
import { createRisk, openRiskStore } from "../risk/index.ts";
import { openNonceSlotStore } from "../submission/index.ts";
import { SubmissionBench } from "../submission/testing/SubmissionBench.ts";
import { refusingWallet, type WalletSource } from "./openWallet.ts";
import { type OpenWallet, unsettledWallets } from "./walletOpener.ts";

const CHAIN = 4_141;
const [FORMER, NEXT]: Hex[] = [`0x${"aa".repeat(20)}`, `0x${"bb".repeat(20)}`];
const clock = { nowMs: () => 1_000_000 };

describeDatabases("wallets of the journal", (under) => {
  it("ARB-41: a new wallet inherits at its first start, and a revived one is not stopped again", async () => {
    const database = under.database();
    const queue = createMemoryQueue({ worker: "test", leaseMs: 5_000 }, clock);
    const open: OpenWallet = async (executor) => {
      const store = await openRiskStore({ database }, `${CHAIN}/${executor}`);
      const ports = { store, clock, killSwitch: async () => undefined, limits: () => LIMITS };
      const isNew = (await store.load()) === undefined;
      return { executor, isNew, risk: createRisk(ports), queue, live: undefined, signer: undefined };
    };
    const wallets = { former: async (address) => refusingWallet(address) } as WalletSource;
    const start = async () => {
      const present = await open(NEXT!, undefined);
      expect(await unsettledWallets({ chain: CHAIN } as never, present, { database, wallets, open })).toEqual(
        [],
      );
      return present.risk;
    };
    const bench = new SubmissionBench();
    await bench.worker().submit(bench.job(1));
    const [slot] = await bench.store.open();
    await (await openNonceSlotStore(database, `${CHAIN}/${FORMER}`)).add(0, slot!.attempts[0]);
    await (await open(FORMER!, undefined)).risk.kill("a guard", "its key leaked");

    const risk = await start();
    expect(await risk.state()).toMatchObject({ killed: { by: "a guard" } });
    await risk.revive();
    await start();
    expect((await risk.state()).killed).toBeUndefined();
  });
});
