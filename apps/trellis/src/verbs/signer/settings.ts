import {
  list,
  matching,
  oneOf,
  path,
  port,
  type Setting,
  type SettingsDefinition,
  type SettingsOf,
  toggle,
  wordOr,
} from "@trellis/platform/config";
import { KEY_PURPOSES, SIGNING_ALGORITHMS } from "@trellis/platform/keys/settings";
import { listenHost, operationSettings, reference } from "@trellis/platform/service/settings";
import { chosenAction } from "../../cli/chosenAction.ts";

const ACTIONS = {
  serve: { min: 0, max: 0 },
  init: { min: 0, max: 0 },
  client: { min: 1, max: 1 },
  renew: { min: 0, max: 1 },
  new: { min: 0, max: 0 },
  import: { min: 0, max: 0 },
  keys: { min: 0, max: 0 },
  rotate: { min: 0, max: 0 },
};
export type SignerAction = keyof typeof ACTIONS;

const settings = {
  dataDir: {
    type: path,
    default: ".trellis/signer",
    value: "DIR",
    summary: "directory of the keys, their records, the audit log and certificates",
  },
  host: listenHost("listen address; clients need certificates"),
  port: { type: port, default: 9000, value: "N", summary: "port; 0: any free port" },
  httpHost: listenHost("listen address of the service port, which needs no certificates"),
  httpPort: {
    type: wordOr("none", port, "a port, or none"),
    default: "none",
    value: "N|none",
    summary: "service port of /health, /ready and /metrics; 0: any free port",
  },
  accessFile: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "YAML file of clients and policies; default: access.yaml in --data-dir",
  },
  envelopeKeysFrom: reference(
    "reference to the keys that encrypt the stored keys, 64 hexadecimal digits per line, newest first; default: envelope.key in --data-dir",
  ),
  sharedFrom: reference(
    "reference to the URL of a PostgreSQL database that instances with separate directories share; default: none",
  ),
  hosts: {
    type: list,
    default: "localhost,127.0.0.1",
    value: "NAME,…",
    summary: "names and addresses in the server certificate of `init`, and host names of the service port",
  },
  purpose: {
    type: oneOf(KEY_PURPOSES),
    default: "account",
    value: "PURPOSE",
    summary: `purpose of a new key: ${KEY_PURPOSES.join(", ")}`,
  },
  name: {
    type: matching(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, "a-z, 0-9, . _ and -"),
    default: "main",
    value: "NAME",
    summary: "name of a new key",
  },
  algorithm: {
    type: wordOr("", oneOf(SIGNING_ALGORITHMS), `one of ${SIGNING_ALGORITHMS.join(", ")}`),
    default: "",
    value: "NAME",
    summary: "algorithm of a new key; default: by purpose",
  },
  keyFrom: reference("reference to the secret to import, 64 hexadecimal digits or a keystore file"),
  passwordFrom: reference(
    "reference to the password of the imported keystore (default: prompt), or of the service's keys",
  ),
  validatorDir: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "DIR",
    summary: "validator directory to move into the signer, with its slashing protection",
  },
  serviceDir: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "DIR",
    summary: "data directory of a custodian whose record and log keys are imported",
  },
  json: { type: toggle, default: false, summary: "print JSON" },
  ...operationSettings,
} satisfies Readonly<Record<string, Setting>>;

export type SignerFlags = SettingsOf<typeof settings>;

export const signerDefinition: SettingsDefinition<SignerFlags> = { section: "signer", settings };

export interface SignerSettings extends SignerFlags {
  readonly action: SignerAction;
  readonly client: string;
}

export async function signerSettings(
  flags: SignerFlags,
  operands: readonly string[],
): Promise<SignerSettings> {
  const { action, rest } = chosenAction(ACTIONS, operands);
  return { ...flags, action, client: rest[0] ?? "" };
}
