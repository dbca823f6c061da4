import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createLifecycle, type Lifecycle } from "@trellis/platform/lifecycle";
import { createEnvelope } from "@trellis/platform/secrets";
import { openServiceKeys, type ServiceIo } from "@trellis/platform/service";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { createCustodianSigner, openSnapshots } from "../snapshots/index.ts";
import { openProofs } from "./openProofs.ts";
import { openStores } from "./openStores.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-proofs-"));
afterAll(() => rmSync(folder, { recursive: true }));
const code = (name: string) => expect.objectContaining({ code: name });

describeDatabases("proofs of customers who are erased", (under) => {
  let lifecycle: Lifecycle;
  beforeEach(() => {
    lifecycle = createLifecycle(SILENT);
  });
  afterEach(() => lifecycle.stop("test"));

  async function openProcess() {
    const io = { ...SILENT, ...captureIo().io, lifecycle } as unknown as ServiceIo;
    const keys = await openServiceKeys({ dataDir: folder, keyFrom: "" }, { ...SILENT, io });
    const database = under.database();
    const stores = await openStores(database, keys, io);
    const snapshots = await openSnapshots({
      ...SILENT,
      database,
      ledger: { ...stores.ledger, refuseErased: async () => {} },
      envelope: createEnvelope(keys.masters, SILENT.random),
      atRest: stores.atRest,
      signer: createCustodianSigner(keys.active("record").secret),
    });
    const blind = { ...stores, snapshots };
    const jobs = { add: async () => "1" };
    const { ledger } = await openProofs({ redis: "" }, { keys, stores: blind, database, jobs }, io);
    return { ledger, snapshots };
  }

  it("LEDGER-14: every process with an open tree deletes the salts of erased customers, whichever process erases them", async () => {
    const [one, other] = [await openProcess(), await openProcess()];
    await one.ledger.addAsset({ symbol: "BTC", decimals: 8 });
    await one.ledger.addCustomers([{ reference: "alice" }, { reference: "bob" }]);
    const deposit = (customer: string) => ({
      key: customer,
      customer,
      asset: "BTC",
      kind: "deposit" as const,
      amount: 5n,
      reference: "r",
      happenedAtMs: 1,
    });
    await one.ledger.enter([deposit("alice"), deposit("bob")]);
    await one.snapshots.build(await one.snapshots.begin());
    for (const { snapshots } of [one, other])
      expect((await snapshots.prove(1, ["bob"])).leaves).toHaveLength(2);
    await one.ledger.eraseCustomerKey("bob");
    for (const { snapshots } of [one, other]) {
      const isHeld = () =>
        snapshots.prove(1, ["bob"]).then(
          () => "held",
          (error: unknown) => error,
        );
      await expect.poll(isHeld).toEqual(code("CUSTOMER_UNKNOWN"));
      expect((await snapshots.prove(1, ["alice"])).leaves).toHaveLength(2);
    }
  });
});
