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
    summary: "expected rootRecordHash of the verified file; default: as published by the service",
  },
  customer: {
    type: matching(/^[^\0]{0,128}$/, "a customer id"),
    default: "",
    value: "ID",
    summary: "customer id expected in the verified file",
  },
  customerKeyFrom: reference(
    "reference to the customer key, 64 hexadecimal digits, which verifies the salts",
  ),
  recordKey: {
    type: hash,
    default: "",
    value: "HEX",
    summary: "trusted public key of the custodian's records; default: the published key",
  },
  logKey: {
    type: hash,
    default: "",
    value: "HEX",
    summary: "trusted public key of the custodian's log; default: the published key",
  },
  offline: {
    type: toggle,
    default: false,
    summary: "verify a proof offline, without the record published by the service",
  },
  assets: {
    type: list,
    default: "",
    value: "LIST",
    summary: "assets to add on import, with decimals: BTC:8,USD:2",
  },
  snapshot: {
    type: wholeNumber(0, SNAPSHOT_MAX),
    default: 0,
    value: "N",
    summary: "snapshot number; 0: newest",
  },
  out: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "output file; default: standard output",
  },
  method: {
    type: oneOf(["eip191", "eip712", "eip1271", "bip322"]),
    default: "eip191",
    value: "NAME",
    summary: "signature method of a proof of ownership: eip191, eip712, eip1271, bip322",
  },
  format: {
    type: oneOf(["json", "csv", "pdf"]),
    default: "json",
    value: "NAME",
    summary: "report format: json, csv, pdf",
  },
  dryRun: { type: toggle, default: false, summary: "count what would be deleted, without deleting" },
} as const;

export type ReservesFlags = ReservesServiceSettings & SettingsOf<typeof clientSettings>;

export const reservesDefinition: SettingsDefinition<ReservesFlags> = {
  section: "reserves",
  settings: { ...reservesServiceDefinition.settings, ...clientSettings },
};

export interface ReservesSettings extends ReservesFlags {
  readonly action: ReservesAction;
  readonly operands: readonly string[];
}

export async function reservesSettings(
  flags: ReservesFlags,
  operands: readonly string[],
): Promise<ReservesSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, operands: rest };
}
