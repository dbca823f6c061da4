import {
  list,
  matching,
  oneOf,
  path,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wholeNumber,
  wordOr,
} from "@trellis/platform/config";
import { reference } from "@trellis/platform/service/settings";
import { type ReservesServiceSettings, reservesServiceDefinition } from "@trellis/reserves/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  serve: { min: 0, max: 0 },
  import: { min: 1, max: 1 },
  snapshot: { min: 0, max: 0 },
  challenge: { min: 2, max: 2 },
  claim: { min: 2, max: 2 },
  attest: { min: 0, max: 0 },
  prove: { min: 1, max: 1 },
  verify: { min: 1, max: 1 },
  export: { min: 1, max: 1 },
  erase: { min: 1, max: 1 },
  report: { min: 0, max: 0 },
  log: { min: 0, max: 2 },
  audit: { min: 0, max: 0 },
  rotate: { min: 0, max: 0 },
  "apply-retention": { min: 0, max: 0 },
};
export type ReservesAction = keyof typeof ACTIONS;

const SNAPSHOT_MAX = 999_999_999;

const hash = matching(/^(?:0x[0-9a-f]{64})?$/, "0x and 64 hexadecimal digits in lower case");

const clientSettings = {
  record: {
    type: hash,
    default: "",
    value: "HASH",
    summary: "rootRecordHash that the verified file must carry; that of the service when not given",
  },
  customer: {
    type: matching(/^[^\0]{0,128}$/, "a customer id"),
    default: "",
    value: "ID",
    summary: "whose file is verified: any other customer's is refused",
  },
  customerKeyFrom: reference("where the customer's key is, 64 hexadecimal digits: its salts are checked"),
  recordKey: {
    type: hash,
    default: "",
    value: "HEX",
    summary: "the custodian's public key for records, as noted earlier; the published one when not given",
  },
  logKey: {
    type: hash,
    default: "",
    value: "HEX",
    summary: "the public key of the custodian's log that an export must be signed with",
  },
  offline: {
    type: toggle,
    default: false,
    summary: "verify a proof without asking the service which record is published",
  },
  assets: { type: list, default: "", value: "LIST", summary: "assets that an import adds: BTC:8,USD:2" },
  snapshot: {
    type: wholeNumber(0, SNAPSHOT_MAX),
    default: 0,
    value: "N",
    summary: "which snapshot; 0: the newest",
  },
  out: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "where to write the result; standard output when not given",
  },
  method: {
    type: oneOf(["eip191", "eip712", "eip1271", "bip322"]),
    default: "eip191",
    value: "NAME",
    summary: "how the challenge of a claim was signed: eip191, eip712, eip1271, bip322",
  },
  format: {
    type: oneOf(["json", "csv", "pdf"]),
    default: "json",
    value: "NAME",
    summary: "of the report: json, csv, pdf",
  },
  dryRun: { type: toggle, default: false, summary: "only count what would be deleted" },
} as const;

/** What `trellis reserves` reads from flags, environment and file. */
export type ReservesFlags = ReservesServiceSettings & SettingsOf<typeof clientSettings>;

export const reservesDefinition: SettingsDefinition<ReservesFlags> = {
  section: "reserves",
  settings: { ...reservesServiceDefinition.settings, ...clientSettings },
};

/** What `trellis reserves` may be told. */
export interface ReservesSettings extends ReservesFlags {
  readonly action: ReservesAction;
  /** Behind the action: a file, a customer, or what of the log is asked. */
  readonly operands: readonly string[];
}

/** @throws USAGE_INVALID */
export async function reservesSettings(
  flags: ReservesFlags,
  operands: readonly string[],
): Promise<ReservesSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, operands: rest };
}
