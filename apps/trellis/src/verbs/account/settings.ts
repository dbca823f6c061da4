import {
  matching,
  oneOf,
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
} from "@trellis/platform/config";
import { reference, trustSettings } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  new: { min: 0, max: 0 },
  show: { min: 0, max: 1 },
  rotate: { min: 1, max: 1 },
  send: { min: 3, max: 3 },
  sign: { min: 2, max: 2 },
  verify: { min: 3, max: 3 },
};
export type AccountAction = keyof typeof ACTIONS;

export interface AccountSettings extends AccountFlags {
  readonly action: AccountAction;
  readonly operands: readonly string[];
}

/** Of verbs that sign with a key of the keystore. */
export const signingFlags = {
  keystore: { type: path, default: ".trellis/keys", value: "DIR", summary: "keystore directory" },
  passwordFrom: reference("reference to the password of the key file; default: prompt"),
  rpc: {
    type: matching(/^https?:\/\/\S+$/, "an http:// or https:// address"),
    default: "http://127.0.0.1:8545",
    value: "URL",
    summary: "JSON-RPC URL of a node",
  },
  chainId: {
    type: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    default: 0,
    value: "N",
    summary: "chain that the node must serve; default: any",
  },
  data: {
    type: matching(/^0x(?:[0-9a-fA-F]{2})*$/, "0x and pairs of hexadecimal digits"),
    default: "0x",
    value: "HEX",
    summary: "call data to send with the coins",
  },
  feeLimit: {
    type: wholeNumber(1, 1_000_000_000, "gwei"),
    default: 1_000,
    value: "GWEI",
    summary: "maximum price per unit of gas",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
  ...trustSettings,
} satisfies Readonly<Record<string, Setting>>;

const settings = {
  ...signingFlags,
  algorithm: {
    type: oneOf(["ml-dsa-65", "ml-dsa-44", "secp256k1"]),
    default: "ml-dsa-65",
    value: "NAME",
    summary: "algorithm of a new key: ml-dsa-65 and ml-dsa-44 are post-quantum",
  },
  newPasswordFrom: reference("reference to the password of the new key file; default: --password-from"),
  to: {
    type: matching(/^[^\0]*$/, "a file"),
    default: "",
    value: "FILE",
    summary: "existing key file to rotate to; default: a new key",
  },
  token: {
    type: matching(/^(?:0x[0-9a-fA-F]{40})?$/, "an address"),
    default: "",
    value: "ADDRESS",
    summary: "send units of this ERC-20 token instead of coins",
  },
  raw: { type: toggle, default: false, summary: "print the signed transaction instead of sending it" },
} satisfies Readonly<Record<string, Setting>>;

export type AccountFlags = SettingsOf<typeof settings>;

export const accountDefinition: SettingsDefinition<AccountFlags> = { section: "account", settings };

export async function accountSettings(
  flags: AccountFlags,
  operands: readonly string[],
): Promise<AccountSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, operands: rest };
}
