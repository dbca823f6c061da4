import { join } from "node:path";
import { createAgreedClient, waitForFinality } from "@trellis/client";
import { reservesRegistryDeployment } from "@trellis/contracts/reserves";
import { describeDatabases } from "@trellis/kit/databases";
import { placeEmbeddedDatabase } from "@trellis/kit/embedded";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { verifyAnchor } from "@trellis/reserves/anchoring";
import { testRecords } from "@trellis/reserves/testing/records";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDevnet } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";
import { type AnchoringPlace, anchorAndKill, devnetClient, devnetSender } from "./killedAnchoring.ts";

const RECORDS = 4;
/** Printed lines after which each process is killed. "sending" precedes each broadcast. */
const KILLS = [1, 2, 1, 3, 5];
const PORTS = { clock: systemClock, scheduler: systemScheduler };

describeDatabases("anchoring that is killed", (under) => {
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    await placeEmbeddedDatabase(join(directory.path, "db"));
  });
  afterAll(() => directory?.remove());

  it("ANCHOR-9: on a devnet, killed before and after it sends: each record is published by one transaction", async () => {
    const devnet = await startDevnet({ args: ["--block-time", "150"] });
    try {
      const { chainId } = devnet.ready;
      const databaseUrl = under.url() ?? `pglite:${join(directory.path, "db")}`;
      const place: AnchoringPlace = { databaseUrl, rpcUrl: devnet.rpcUrl, chainId, records: RECORDS };
      const client = createAgreedClient([devnetClient(place, "a"), devnetClient(place, "b")], 2, PORTS);
      const sender = devnetSender(client, chainId);
      const deployed = await sender.send(reservesRegistryDeployment);
      const wait = { rule: "finalized", pollMs: 50, timeoutMs: 180_000 } as const;
      await waitForFinality(client, deployed.hash, wait, PORTS);

      const told: string[] = [];
      for (const afterLines of KILLS) told.push(...(await anchorAndKill(place, afterLines)));
      expect(told).toContain("sending");
      expect(told).not.toContain("ended");
      expect((await anchorAndKill(place, Number.POSITIVE_INFINITY)).at(-1)).toBe("ended");

      expect(await client.nextNonce(sender.address, "pending")).toBe(deployed.nonce + 1 + RECORDS);
      for (const { bytes, head, record } of testRecords(RECORDS)) {
        const verified = await verifyAnchor(
          { bytes, head, custodian: sender.address, rule: "finalized" },
          client,
        );
        expect(verified).toMatchObject({ sequence: record.number, logSize: head.size });
      }
      expect(await anchorAndKill(place, Number.POSITIVE_INFINITY)).toEqual(["ended"]);
    } finally {
      await devnet.stop();
    }
  });
});
