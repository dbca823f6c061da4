import { matching, path, port, toggle } from "../../config/index.ts";
import { reference } from "../../secrets/reference.ts";
import { baseUrl } from "./baseUrl.ts";
import { listenHost } from "./listenHost.ts";

export interface ServiceSettings {
  readonly dataDir: string;
  readonly database: string;
  readonly host: string;
  readonly port: number;
  readonly keyFrom: string;
  readonly keysPassphraseFrom: string;
  readonly keysWrappedBy: string;
  readonly adminKeyFrom: string;
  readonly url: string;
  readonly apiKeyFrom: string;
  readonly signWith: string;
  readonly signKeyId: string;
  readonly json: boolean;
}

export const signingSettings = {
  signWith: reference(
    "reference to the key that signs requests instead of an API key: PKCS #8 in PEM, or an HMAC secret",
  ),
  signKeyId: {
    type: matching(/^$|^[A-Za-z0-9._:/-]{1,128}$/, "1 to 128 letters, digits, . _ : / or -"),
    default: "",
    value: "ID",
    summary: "id of this key in the service's --service-keys",
  },
} as const;

export function serviceSettings(name: string, usualPort: number) {
  return {
    dataDir: {
      type: path,
      default: `.trellis/${name}`,
      value: "DIR",
      summary: "data directory of keys and the embedded database",
    },
    database: reference("reference to the PostgreSQL URL; default: embedded database"),
    host: listenHost("listen address"),
    port: {
      type: port,
      default: usualPort,
      value: "N",
      summary: "port of the API, /health, /ready and /metrics; 0: any free port",
    },
    keyFrom: reference(
      "reference to the service's keys: a key ring, or 64 hexadecimal digits; default: in --data-dir",
    ),
    keysPassphraseFrom: reference("reference to the passphrase that encrypts the keys in --data-dir"),
    keysWrappedBy: {
      type: matching(/^$|^hashivault:\/\/[^\s]+$|^awskms:\/\/[^\s]+$/, "hashivault://KEY or awskms:///KEY"),
      default: "",
      value: "KEY",
      summary: "key of Vault or AWS KMS that encrypts the keys in --data-dir, instead of a passphrase",
    },
    adminKeyFrom: reference(
      "reference to an API key for the first admin; default: created at the first start",
    ),
    url: baseUrl(`http://127.0.0.1:${usualPort}`, "URL of the service"),
    apiKeyFrom: reference("reference to the API key, env:NAME or file:PATH; default: prompt"),
    ...signingSettings,
    json: { type: toggle, default: false, summary: "print JSON" },
  } as const;
}
