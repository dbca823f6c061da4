import {
  duration,
  matching,
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import { keyUri, reference } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  new: { min: 0, max: 0 },
  import: { min: 0, max: 0 },
  list: { min: 0, max: 0 },
  address: { min: 1, max: 1 },
  show: { min: 1, max: 1 },
  rotate: { min: 1, max: 1 },
  retire: { min: 1, max: 1 },
};
export type KeysAction = keyof typeof ACTIONS;

export interface KeysSettings extends KeysFlags {
  readonly action: KeysAction;
  readonly subject: string;
}

/** Below BIP-32's limit of 2^31. */
const ACCOUNT_MAX = 1_000_000;

const settings = {
  keystore: { type: path, default: ".trellis/keys", value: "DIR", summary: "keystore directory" },
  passwordFrom: reference("reference to the password, env:NAME or file:PATH; default: prompt"),
  keyFrom: reference("reference to the private key to import"),
  mnemonicFrom: reference("reference to the mnemonic of the account to import"),
  account: {
    type: wholeNumber(0, ACCOUNT_MAX),
    default: 0,
    value: "N",
    summary: "account index of the mnemonic, from 0",
  },
  dataDir: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "DIR",
    summary: "data directory whose keys are listed, rotated or retired",
  },
  ringFile: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "key ring to rotate or retire in, if it is not in --data-dir",
  },
  holder: keyUri("key URI of a holder whose keys are listed"),
  after: {
    type: duration("0s", "30d"),
    default: "0s",
    value: "TIME",
    summary: "delay before a new key is used; allow for the reload of all processes",
  },
  keysPassphraseFrom: reference("reference to the passphrase that encrypts the key ring"),
  keysWrappedBy: {
    type: matching(/^$|^(?:hashivault|awskms):[^\s]+$/, "hashivault://KEY or awskms:///KEY"),
    default: "",
    value: "KEY",
    summary: "key of Vault or AWS KMS that encrypts the key ring",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
} satisfies Readonly<Record<string, Setting>>;

export type KeysFlags = SettingsOf<typeof settings>;

export const keysDefinition: SettingsDefinition<KeysFlags> = { section: "keys", settings };

export async function keysSettings(flags: KeysFlags, operands: readonly string[]): Promise<KeysSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, subject: rest[0] ?? "" };
}
