import {
  matching,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
} from "@trellis/platform/config";
import { reference } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  seal: { min: 2, max: 2 },
  open: { min: 2, max: 2 },
  list: { min: 1, max: 1 },
  rotate: { min: 1, max: 1 },
};
export type SecretsAction = keyof typeof ACTIONS;

export interface SecretsSettings extends SecretsFlags {
  readonly action: SecretsAction;
  readonly file: string;
  readonly name: string;
}

const wrappedBy = (summary: string): Setting<string> => ({
  type: matching(/^$|^(?:hashivault|awskms):[^\s]+$/, "hashivault://KEY or awskms:///KEY"),
  default: "",
  value: "KEY",
  summary,
});

const settings = {
  valueFrom: reference("reference to the secret to seal; default: prompt"),
  passphraseFrom: reference(
    "reference to the file's passphrase; default: SEALED_PASSPHRASE or SEALED_PASSPHRASE_FILE, or a prompt",
  ),
  wrappedBy: wrappedBy("key of Vault or AWS KMS that protects a new file, instead of a passphrase"),
  newPassphraseFrom: reference("reference to the passphrase after `rotate`; default: the same"),
  newWrappedBy: wrappedBy("key of Vault or AWS KMS after `rotate`"),
  json: { type: toggle, default: false, summary: "print JSON" },
} satisfies Readonly<Record<string, Setting>>;

export type SecretsFlags = SettingsOf<typeof settings>;

export const secretsDefinition: SettingsDefinition<SecretsFlags> = { section: "secrets", settings };

export async function secretsSettings(
  flags: SecretsFlags,
  operands: readonly string[],
): Promise<SecretsSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, file: rest[0] ?? "", name: rest[1] ?? "" };
}
