import { list, oneOf, path, type Setting, type SettingsOf, wordOr } from "../../config/index.ts";
import { reference } from "../../secrets/reference.ts";
import { isHostPin } from "../../tls/hostPin.ts";

export const tlsSettings = {
  tlsCertificate: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "PEM file of the listeners' certificate, followed by intermediate certificates; default: http",
  },
  tlsKeyFrom: reference("reference to the certificate's private key in PEM"),
  tlsClientAuthority: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "PEM file of the authority for client certificates, whose common names identify principals",
  },
  tlsVersionMin: {
    type: oneOf(["1.3", "1.2"]),
    default: "1.3",
    value: "1.3|1.2",
    summary: "minimum TLS version of the listeners",
  },
} satisfies Readonly<Record<string, Setting>>;

export type TlsSettings = SettingsOf<typeof tlsSettings>;

export const trustSettings = {
  caFile: {
    type: wordOr("", path, "a path"),
    default: "",
    value: "FILE",
    summary: "PEM file of additional trusted authorities for outgoing TLS connections",
  },
  pins: {
    type: list.refine((entries) => entries.every(isHostPin), {
      error: "HOST=sha256/…, separated by commas, each with the hash of a public key in base64",
    }),
    default: "",
    value: "HOST=sha256/…,…",
    summary: "required public keys of hosts for outgoing TLS connections; several during a key rotation",
  },
} satisfies Readonly<Record<string, Setting>>;
