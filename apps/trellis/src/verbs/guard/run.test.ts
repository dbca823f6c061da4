import { captureIo } from "@trellis/kit/captureIo";
import { expect, it } from "vitest";
import { run } from "./run.ts";
import { type GuardVerbSettings, guardDefinition } from "./settings.ts";

function settingsOf(changes: Partial<GuardVerbSettings>): GuardVerbSettings {
  const entries = Object.entries(guardDefinition.settings).map(([name, { default: usual }]) => [name, usual]);
  return { ...Object.fromEntries(entries), action: "list", network: undefined, ...changes };
}

it("CONFIG_INVALID_VALUE: signed requests to a node, which would answer 401", async () => {
  const { io } = captureIo();
  const settings = settingsOf({ signWith: "file:key.pem", signKeyId: "billing/1" });
  await expect(run(settings, io)).rejects.toMatchObject({
    code: "CONFIG_INVALID_VALUE",
    facts: { setting: "signWith" },
  });
});
