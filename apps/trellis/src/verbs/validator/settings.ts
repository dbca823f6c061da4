import {
  matching,
  path,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
} from "@trellis/platform/config";
import { reference, trustSettings } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";
import { trellisErrors } from "../../errors.ts";

const ACTIONS = {
  keys: { min: 0, max: 0 },
  register: { min: 0, max: 0 },
  status: { min: 0, max: 1 },
  claim: { min: 0, max: 0 },
  stake: { min: 0, max: 0 },
  commission: { min: 1, max: 1 },
  rejoin: { min: 0, max: 0 },
  rotate: { min: 0, max: 0 },
  unjail: { min: 0, max: 0 },
  exit: { min: 0, max: 0 },
  withdraw: { min: 0, max: 0 },
  protection: { min: 2, max: 2 },
};

const PROTECTION_WAYS = ["export", "import"] as const;

export type ValidatorAction = keyof typeof ACTIONS;

export interface ValidatorSettings extends ValidatorFlags {
  readonly action: ValidatorAction;
  readonly subject: string;
  /** In basis points. */
  readonly announced: number | undefined;
  readonly protection: { readonly way: (typeof PROTECTION_WAYS)[number]; readonly file: string } | undefined;
}

const COMMISSION_MAX = 10_000;
/** 5 %. */
const COMMISSION_DEFAULT = 500;

const settings = {
  validatorDir: {
    type: path,
    default: ".trellis/validator",
    value: "DIR",
    summary: "directory of the validator key and its slashing protection data",
  },
  passwordFrom: reference("reference to the password of the validator key; default: prompt"),
  rpc: {
    type: matching(/^https?:\/\/\S+$/, "an http:// or https:// address"),
    default: "http://127.0.0.1:8545",
    value: "URL",
    summary: "JSON-RPC URL of a node",
  },
  account: {
    type: matching(/^[^\0]*$/, "an address or a file"),
    default: "",
    value: "ADDRESS|FILE",
    summary: "account that owns the stake: address in the keystore, or key file",
  },
  keystore: {
    type: path,
    default: ".trellis/keys",
    value: "DIR",
    summary: "keystore directory of the account",
  },
  accountPasswordFrom: reference("reference to the password of the account key; default: prompt"),
  accountKeyFrom: reference("reference to the private key of the account, instead of --account"),
  stake: {
    type: matching(/^(?:\d{1,12}(?:\.\d{1,18})?)?$/, "coins, such as 1000 or 1000.5"),
    default: "",
    value: "COINS",
    summary: "own stake to register or add, in coins",
  },
  commission: {
    type: wholeNumber(0, COMMISSION_MAX, "basis points"),
    default: COMMISSION_DEFAULT,
    value: "BP",
    summary: "share of delegators' rewards kept by the validator, in basis points",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
  ...trustSettings,
} satisfies Readonly<Record<string, Setting>>;

export type ValidatorFlags = SettingsOf<typeof settings>;

export const validatorDefinition: SettingsDefinition<ValidatorFlags> = { section: "validator", settings };

export async function validatorSettings(
  flags: ValidatorFlags,
  operands: readonly string[],
): Promise<ValidatorSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  const settings = { ...flags, action, subject: "", announced: undefined, protection: undefined };
  if (action === "commission") return { ...settings, announced: commissionOf(rest[0]!) };
  if (action !== "protection") return { ...settings, subject: rest[0] ?? "" };
  const way = PROTECTION_WAYS.find((name) => name === rest[0]);
  if (way === undefined)
    throw trellisErrors.USAGE_INVALID({ kind: "action", got: `protection ${rest[0]!.slice(0, 80)}` });
  return { ...settings, protection: { way, file: rest[1]! } };
}

function commissionOf(text: string): number {
  const commission = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (commission <= COMMISSION_MAX) return commission;
  throw trellisErrors.INPUT_INVALID({
    what: "commission",
    got: text.slice(0, 80),
    expected: `basis points from 0 to ${COMMISSION_MAX}: 1000 is a tenth of the rewards`,
  });
}
