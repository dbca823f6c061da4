import { VAULT_KEY, VAULT_MOUNT } from "../keyServices/createVaultTransit.ts";

/** An empty `key` means all keys. */
export type KeyUri =
  | {
      readonly kind: "keystore";
      readonly folder: string;
      readonly passwordFrom: string;
      readonly key: string;
    }
  | { readonly kind: "vault"; readonly mount: string; readonly key: string }
  | { readonly kind: "aws-kms"; readonly endpoint: string; readonly key: string }
  | { readonly kind: "web3signer"; readonly url: string; readonly key: string }
  | {
      readonly kind: "pkcs11";
      readonly module: string;
      readonly token: string;
      readonly pinFrom: string;
      readonly key: string;
    };

export const KEY_URI_FORMS =
  "pkcs11:token=TOKEN;object=KEY?module-path=FILE&pin-source=REF, hashivault://KEY, awskms:///KEY, web3signer:URL#ADDRESS or keystore:DIR#ADDRESS";

/** PKCS #11: RFC 7512; `hashivault` and `awskms`: Sigstore. Secrets are references. [KEY-12] */
export function parseKeyUri(text: string): KeyUri | undefined {
  const [, scheme = "", rest = ""] = /^([a-z0-9]+):(.*)$/s.exec(text) ?? [];
  try {
    return PARSERS[scheme]?.(rest);
  } catch {
    // Invalid percent-encoding.
    return undefined;
  }
}

type Parser = (rest: string) => KeyUri | undefined;

const PARSERS: Readonly<Record<string, Parser>> = Object.assign(Object.create(null), {
  pkcs11(rest) {
    const [path = "", query = "", more] = rest.split("?");
    const object = attributes(path, ";");
    const { "module-path": module = "", "pin-source": pinFrom = "", ...unknown } = attributes(query, "&");
    const { token = "", object: key = "", ...others } = object;
    const isKnown = Object.keys(unknown).length === 0 && Object.keys(others).every((name) => name === "type");
    if (more !== undefined || !isKnown || token === "" || module === "" || pinFrom === "") return undefined;
    return { kind: "pkcs11", module, token, pinFrom, key };
  },
  hashivault(rest) {
    const [place, key = "", query = ""] = /^\/\/([^?/#]*)(?:\?([^#]*))?$/.exec(rest) ?? [];
    const { mount = "transit", ...unknown } = attributes(query, "&");
    const isGood = place !== undefined && (key === "" || VAULT_KEY.test(key)) && VAULT_MOUNT.test(mount);
    return isGood && Object.keys(unknown).length === 0 ? { kind: "vault", mount, key } : undefined;
  },
  awskms(rest) {
    const [, host = "", key = ""] = /^\/\/([^/?#]*)\/([\w:/.-]{0,2048})$/.exec(rest) ?? [];
    if (key === "") return undefined;
    return { kind: "aws-kms", endpoint: host === "" ? "" : `https://${host}`, key };
  },
  web3signer(rest) {
    const [url = "", key = "", more] = rest.split("#");
    const isGood = more === undefined && /^https?:\/\/[^\s?@]+$/.test(url) && isAddress(key);
    return isGood ? { kind: "web3signer", url, key: key.toLowerCase() } : undefined;
  },
  keystore(rest) {
    const [path = "", key = "", more] = rest.split("#");
    const [folder = "", query = "", another] = path.split("?");
    const { "password-from": passwordFrom = "", ...unknown } = attributes(query, "&");
    const isGood =
      more === undefined && another === undefined && folder !== "" && /^(?:0x[0-9a-fA-F]+)?$/.test(key);
    if (!isGood || Object.keys(unknown).length > 0) return undefined;
    return { kind: "keystore", folder: decodeURIComponent(folder), passwordFrom, key: key.toLowerCase() };
  },
} satisfies Record<string, Parser>);

function attributes(text: string, separator: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  for (const part of text.split(separator)) {
    if (part === "") continue;
    const [name = "", ...value] = part.split("=");
    found[name] = decodeURIComponent(value.join("="));
  }
  return found;
}

function isAddress(key: string): boolean {
  return key === "" || /^0x[0-9a-fA-F]{40}$/.test(key);
}
