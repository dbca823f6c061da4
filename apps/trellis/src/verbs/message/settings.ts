import {
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
} from "@trellis/platform/config";
import { chosenAction } from "../../cli/chosenAction.ts";
import { signingFlags } from "../account/settings.ts";

const ACTIONS = {
  send: { min: 4, max: 4 },
  status: { min: 1, max: 1 },
};
export type MessageAction = keyof typeof ACTIONS;

export interface MessageSettings extends MessageFlags {
  readonly action: MessageAction;
  readonly operands: readonly string[];
}

const settings = {
  ...signingFlags,
  shard: {
    type: wholeNumber(0, 65_535),
    default: 0,
    value: "N",
    summary: "shard that sends the message, or is asked for it",
  },
  gasLimit: {
    type: wholeNumber(0, 1_000_000),
    default: 0,
    value: "N",
    summary: "gas of the call in the other shard; 0 suffices for accounts without code",
  },
  wait: { type: toggle, default: false, summary: "wait until the message is delivered or refunded" },
} satisfies Readonly<Record<string, Setting>>;

export type MessageFlags = SettingsOf<typeof settings>;

export const messageDefinition: SettingsDefinition<MessageFlags> = { section: "message", settings };

export async function messageSettings(
  flags: MessageFlags,
  operands: readonly string[],
): Promise<MessageSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, operands: rest };
}
