import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import type { Jobs } from "@trellis/platform/jobs";
import { describe, expect, it } from "vitest";
import { logErrors } from "../log/index.ts";
import { requireIdentity } from "./identity.ts";
import { requireAnchoring } from "./openAnchors.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import { offeredJobs } from "./openWorkers.ts";
import { SERVICE_STEPS, type ServiceTables } from "./schema.ts";
import type { ReservesServiceSettings } from "./settings.ts";

const code = (name: string) => expect.objectContaining({ code: name });

describe("reserves service", async () => {
  const embedded = await embeddedDatabase();
  it("RESERVES_IDENTITY_DIFFERS: another name or key on the same database", async () => {
    const database = openDatabase({ url: embedded }, SILENT);
    const tables = await database.openSchema<ServiceTables>("identity", SERVICE_STEPS);
    const own = { custodian: "a.example", recordKeys: ["0x01", "0x02"] } as const;
    await requireIdentity(tables, own);
    await requireIdentity(tables, { ...own, recordKeys: ["0x04", "0x01"] });
    for (const other of [{ custodian: "b.example" }, { recordKeys: ["0x03"] as const }]) {
      await expect(requireIdentity(tables, { ...own, ...other })).rejects.toThrowError(
        code("RESERVES_IDENTITY_DIFFERS"),
      );
    }
    await database.close();
  });

  it("CONFIG_INVALID_VALUE: each anchoring setting alone, with the missing ones; none and all are accepted", () => {
    const none = {
      anchorRpcFrom: "",
      anchorChain: 0,
      anchorKeyFrom: "",
      anchorHolder: "",
      anchorConfirmations: 0,
      signer: "",
    };
    const all = { ...none, anchorRpcFrom: "env:RPC", anchorChain: 1, anchorKeyFrom: "env:KEY" };
    const required = (given: object) => () => requireAnchoring(given as ReservesServiceSettings);
    for (const complete of [none, all, { ...all, anchorConfirmations: 3 }])
      expect(required(complete)).not.toThrow();
    const [rpc, chain, key] = ["--anchor-rpc-from", "--anchor-chain", "--anchor-key-from"];
    for (const [given, missing] of [
      [{ ...none, anchorChain: 1 }, `${rpc}, ${key}`],
      [{ ...none, anchorKeyFrom: "env:KEY" }, `${rpc}, ${chain}`],
      [{ ...none, anchorConfirmations: 3 }, `${rpc}, ${chain}, ${key}`],
      [{ ...all, anchorKeyFrom: "" }, key],
      [{ ...all, anchorChain: 0 }, chain],
    ] as const) {
      const refusal = expect.objectContaining({
        code: "CONFIG_INVALID_VALUE",
        facts: expect.objectContaining({ reason: "anchoring settings incomplete", missing }),
      });
      expect(required(given)).toThrowError(refusal);
    }
  });

  it("RESERVES_CHAINS_MISSING, SNAPSHOT_TERMS_INVALID, LOG_ROLLED_BACK: accepts no job without a worker or without a chance to succeed", async () => {
    const added: string[] = [];
    let requireContinued = async (): Promise<void> => {};
    const queue = {
      add: async (kind: string) => {
        added.push(kind);
        return "1";
      },
    } as unknown as Jobs;
    const publisher = { requireContinued: () => requireContinued() };
    const jobs = offeredJobs(queue, { reserves: undefined, publisher });
    const request = { scheme: "sum", blockHeights: { "eip155:1": 20_000_000 } };
    expect(await jobs.add("snapshot", request)).toBe("1");
    await expect(jobs.add("attestation", {})).rejects.toThrowError(code("RESERVES_CHAINS_MISSING"));
    const planned = offeredJobs(queue, { reserves: {} as ReserveChains, publisher });
    await expect(planned.add("snapshot", request)).rejects.toThrowError(code("SNAPSHOT_TERMS_INVALID"));
    requireContinued = async () => {
      throw logErrors.LOG_ROLLED_BACK();
    };
    await expect(jobs.add("snapshot", {})).rejects.toThrowError(code("LOG_ROLLED_BACK"));
    expect(added).toEqual(["snapshot"]);
  });
});
