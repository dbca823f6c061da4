import { matching, type Setting } from "../../config/index.ts";
import { KEY_URI_FORMS } from "../../keys/KeyUri.ts";

/** Secrets in the URI must be references. */
export function keyUri(summary: string): Setting<string> {
  return {
    type: matching(/^$|^(?:pkcs11|hashivault|awskms|web3signer|keystore):[^\s]+$/, KEY_URI_FORMS),
    default: "",
    value: "KEY",
    summary,
  };
}
