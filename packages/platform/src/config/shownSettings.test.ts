import { expect, it } from "vitest";
import { z } from "zod";
import type { SettingsDefinition } from "./Setting.ts";
import { shownSettings } from "./shownSettings.ts";

interface Some {
  readonly feeMax: bigint;
  readonly phrase: string;
  readonly otherPhrase: string;
}

it("settings are shown with their sources, without secrets", () => {
  const text = { type: z.string(), default: "", summary: "a phrase", isSecret: true } as const;
  const definition: SettingsDefinition<Some> = {
    section: "test",
    settings: {
      feeMax: { type: z.bigint(), default: 1, summary: "a fee", isRuntime: true, isReloadable: true },
      phrase: text,
      otherPhrase: text,
    },
  };
  const shown = shownSettings(definition, {
    settings: { feeMax: 2n ** 70n, phrase: "hunter2", otherPhrase: "" },
    origins: { feeMax: "trellis.yaml:3", phrase: "TRELLIS_PHRASE", otherPhrase: "default" },
  });
  expect(JSON.stringify(shown)).not.toContain("hunter2");
  expect(shown).toMatchObject([
    {
      key: "feeMax",
      value: String(2n ** 70n),
      origin: "trellis.yaml:3",
      isDynamic: true,
      isReloadable: true,
    },
    { key: "phrase", value: null, isHidden: true, isDynamic: false },
    { key: "otherPhrase", value: "", isHidden: false },
  ]);
});
