import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import { createLifecycle } from "@trellis/platform/lifecycle";
import { createLog } from "@trellis/platform/log";
import type { ServiceIo } from "@trellis/platform/service";
import { afterAll, expect, it } from "vitest";
import { openArbitrageAccess, openArbitrageStores } from "./openArbitrageAccess.ts";
import { type ArbitrageServiceSettings, arbitrageServiceDefinition } from "./settings/index.ts";

const TOKEN = `0x${"01".repeat(20)}`;
const folder = mkdtempSync(join(tmpdir(), "trellis-access-"));
afterAll(() => rmSync(folder, { recursive: true }));
const database = openDatabase({ url: await embeddedDatabase() }, SILENT);
afterAll(() => database.close());

it("ARB-32: money can be switched off while a configured secret is unreadable", async () => {
  const secret = join(folder, "hmac");
  writeFileSync(secret, "x".repeat(40));
  const given: Partial<Record<string, unknown>> = {
    dataDir: folder,
    live: true,
    serviceKeys: JSON.stringify([
      {
        id: "desk",
        algorithm: "hmac-sha256",
        secretFrom: `file:${secret}`,
        role: "operator",
        scopes: ["arbitrage:execute"],
      },
    ]),
  };
  const settings = Object.fromEntries(
    Object.entries(arbitrageServiceDefinition.settings).map(([key, { type, default: usual }]) => [
      key,
      type.parse(given[key] ?? usual),
    ]),
  ) as unknown as ArbitrageServiceSettings;
  const lifecycle = createLifecycle({ log: SILENT.log });
  const log = createLog({ level: "silent", destination: { write: () => {} } });
  const io = { ...captureIo().io, lifecycle, log, metrics: SILENT.metrics } as unknown as ServiceIo;
  const reported: boolean[] = [];
  let latest = settings;
  const change = (changed: ArbitrageServiceSettings): void => {
    latest = changed;
    reported.push(changed.live);
  };
  const stores = await openArbitrageStores(settings, database, io);
  const { runtimeSettings } = await openArbitrageAccess(stores, settings, { live: undefined, change }, io);
  expect(reported).toEqual([true]);
  rmSync(secret);
  await runtimeSettings.change({ key: "live", value: false, by: "user:ann", reason: "node upgrade" });
  expect(reported).toEqual([true, false]);
  const [by, reason, tradeMax] = ["user:ann", "a quiet day", "7"];
  await runtimeSettings.change({ key: "tradeMax", value: tradeMax, by, reason });
  await runtimeSettings.change({ key: "denyTokens", value: [TOKEN], by, reason });
  expect(latest.limits).toMatchObject({ tradeMax, chainDayMax: settings.limits.chainDayMax });
  expect(latest.screening).toMatchObject({ denyTokens: [TOKEN], allowTokens: [] });
  expect(runtimeSettings.keys).toEqual(expect.arrayContaining(["gasPriceMax", "allowTokens", "live"]));
  expect(runtimeSettings.keys).not.toEqual(expect.arrayContaining(["limits"]));
  await lifecycle.stop("done");
});
