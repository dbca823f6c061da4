import {
  type ArbitrageServiceSettings,
  arbitrageServiceDefinition,
} from "@trellis/arbitrage/service/settings";
import { path, type SettingsDefinition, type SettingsOf, wordOr } from "@trellis/platform/config";
import { z } from "zod";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  serve: { min: 0, max: 0 },
  signer: { min: 0, max: 0 },
  backtest: { min: 0, max: 1 },
  scan: { min: 0, max: 0 },
  simulate: { min: 0, max: 0 },
  status: { min: 0, max: 0 },
  kill: { min: 1, max: 1 },
  revive: { min: 1, max: 1 },
  "close-breaker": { min: 1, max: 1 },
  book: { min: 1, max: 10 },
  config: { min: 1, max: 3 },
  export: { min: 1, max: 1 },
};
export type ArbitrageAction = keyof typeof ACTIONS;

const clientSettings = {
  out: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "output file of an export; default: standard output",
  },
  reason: {
    type: z.string().max(200),
    default: "",
    value: "TEXT",
    summary: "reason for a change by `config` or for transactions entered by `book`",
  },
} as const;

export type ArbitrageFlags = ArbitrageServiceSettings & SettingsOf<typeof clientSettings>;

export const arbitrageDefinition: SettingsDefinition<ArbitrageFlags> = {
  section: "arbitrage",
  settings: { ...arbitrageServiceDefinition.settings, ...clientSettings },
};

export interface ArbitrageSettings extends ArbitrageFlags {
  readonly action: ArbitrageAction;
  readonly operands: readonly string[];
}

export async function arbitrageSettings(
  flags: ArbitrageFlags,
  operands: readonly string[],
): Promise<ArbitrageSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, operands: rest };
}
