import { matching, path, type SettingsDefinition, toggle, wholeNumber } from "@trellis/platform/config";
import { reference } from "@trellis/platform/service/settings";
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
  unjail: { min: 0, max: 0 },
  exit: { min: 0, max: 0 },
  withdraw: { min: 0, max: 0 },
  protection: { min: 2, max: 2 },
};

const PROTECTION_WAYS = ["export", "import"] as const;

export type ValidatorAction = keyof typeof ACTIONS;

/** What `trellis validator` reads from flags, environment and file. A reference is `env:NAME`, `file:PATH` or empty. */
export interface ValidatorFlags {
  /** Where the validator's key and the log of its votes are kept, absolute. */
  readonly validatorDir: string;
  readonly passwordFrom: string;
  /** Of a node: JSON-RPC over HTTP. */
  readonly rpc: string;
  /** The account that owns the stake, in the keystore or in a file. */
  readonly account: string;
  readonly keystore: string;
  readonly accountPasswordFrom: string;
  /** In place of `account`: its private key. */
  readonly accountKeyFrom: string;
  /** Coins, as a decimal number. */
  readonly stake: string;
  /** 1/10,000 */
  readonly commission: number;
  readonly json: boolean;
}

/** What `trellis validator` may be told. */
export interface ValidatorSettings extends ValidatorFlags {
  readonly action: ValidatorAction;
  /** Of `status`: a validator's address; empty: the account's. */
  readonly subject: string;
  /** Of `commission`: what is announced. 1/10,000 */
  readonly announced: number | undefined;
  /** Of `protection`: which way, and the file. */
  readonly protection: { readonly way: (typeof PROTECTION_WAYS)[number]; readonly file: string } | undefined;
}

const COMMISSION_MAX = 10_000;
/** 5 % */
const COMMISSION_DEFAULT = 500;

export const validatorDefinition: SettingsDefinition<ValidatorFlags> = {
  section: "validator",
  settings: {
    validatorDir: {
      type: path,
      default: ".trellis/validator",
      value: "DIR",
      summary: "where the validator's key and the log of its votes are kept",
    },
    passwordFrom: reference("where the password of the validator's key is; asked for when not given"),
    rpc: {
      type: matching(/^https?:\/\/\S+$/, "an http:// or https:// address"),
      default: "http://127.0.0.1:8545",
      value: "URL",
      summary: "JSON-RPC of a node of the network",
    },
    account: {
      type: matching(/^[^\0]*$/, "an address or a file"),
      default: "",
      value: "ADDRESS|FILE",
      summary: "the account that owns the stake: in the keystore, or its key file",
    },
    keystore: {
      type: path,
      default: ".trellis/keys",
      value: "DIR",
      summary: "the folder of the account's key",
    },
    accountPasswordFrom: reference("where the password of the account's key is; asked for when not given"),
    accountKeyFrom: reference("in place of --account: where its private key is"),
    stake: {
      type: matching(/^(?:\d{1,12}(?:\.\d{1,18})?)?$/, "coins, as 1000 or 1000.5"),
      default: "",
      value: "COINS",
      summary: "own stake to register with, or to add",
    },
    commission: {
      type: wholeNumber(0, COMMISSION_MAX, "basis points"),
      default: COMMISSION_DEFAULT,
      value: "BP",
      summary: "share of delegators' rewards that the validator keeps, in 1/10,000",
    },
    json: { type: toggle, default: false, summary: "print JSON" },
  },
};

/** @throws USAGE_INVALID, INPUT_INVALID */
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
