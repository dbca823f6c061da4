import { path, type SettingsDefinition, toggle, wholeNumber } from "@trellis/platform/config";
import { reference } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  new: { min: 0, max: 0 },
  import: { min: 0, max: 0 },
  list: { min: 0, max: 0 },
  address: { min: 1, max: 1 },
  show: { min: 1, max: 1 },
};
export type KeysAction = keyof typeof ACTIONS;

/** What `trellis keys` reads from flags, environment and file. A reference is `env:NAME`, `file:PATH` or empty. */
export interface KeysFlags {
  /** The folder of the key files, absolute. */
  readonly keystore: string;
  readonly passwordFrom: string;
  readonly keyFrom: string;
  readonly mnemonicFrom: string;
  /** Which account of the mnemonic. */
  readonly account: number;
  readonly json: boolean;
}

/** What `trellis keys` may be told. */
export interface KeysSettings extends KeysFlags {
  readonly action: KeysAction;
  /** An address in the keystore, or a file; empty for actions without one. */
  readonly subject: string;
}

/** BIP-32 numbers that are not hardened end here; nobody counts further by hand. */
const ACCOUNT_MAX = 1_000_000;

export const keysDefinition: SettingsDefinition<KeysFlags> = {
  section: "keys",
  settings: {
    keystore: { type: path, default: ".trellis/keys", value: "DIR", summary: "the folder of the key files" },
    passwordFrom: reference("where the password is, env:NAME or file:PATH; asked for when not given"),
    keyFrom: reference("where the private key to import is"),
    mnemonicFrom: reference("where the mnemonic is whose account to import"),
    account: {
      type: wholeNumber(0, ACCOUNT_MAX),
      default: 0,
      value: "N",
      summary: "which account of the mnemonic, counted from 0",
    },
    json: { type: toggle, default: false, summary: "print JSON" },
  },
};

/** @throws USAGE_INVALID */
export async function keysSettings(flags: KeysFlags, operands: readonly string[]): Promise<KeysSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, subject: rest[0] ?? "" };
}
