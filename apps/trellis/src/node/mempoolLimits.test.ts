import { DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { loadSettings } from "@trellis/platform/config";
import { expect, it } from "vitest";
import { mempoolLimits } from "./mempoolLimits.ts";
import { mempoolSettings } from "./mempoolSettings.ts";

async function limitsOf(...argv: readonly string[]) {
  const definition = { section: "node", settings: mempoolSettings };
  const { settings } = await loadSettings(definition, {
    argv,
    environment: {},
    defaultFile: "none.yaml",
  });
  return mempoolLimits(settings);
}

it("the defaults of the settings are those of the mempool", async () => {
  expect(await limitsOf()).toEqual(DEFAULT_MEMPOOL_LIMITS);
});

it("a sender has an eighth of the smallest pool", async () => {
  const limits = await limitsOf(
    "--mempool-transactions",
    "1024",
    "--mempool-size",
    "16MiB",
    "--mempool-tip",
    "0",
  );
  expect(limits).toMatchObject({
    countMax: 1_024,
    senderCountMax: 128,
    senderQueuedMax: 128,
    tipFloorWei: 0n,
  });
  expect(limits.senderBytesMax).toBe(2 << 20);
});
