import { matching, type Setting } from "../../config/index.ts";
import { KEY_URI_FORMS } from "../../keys/KeyUri.ts";

/** A key at a holder; its secrets are references. */
export function keyUri(summary: string): Setting<string> {
  return {
    type: matching(/^$|^(?:pkcs11|hashivault|awskms|web3signer|keystore):[^\s]+$/, KEY_URI_FORMS),
    default: "",
    value: "KEY",
    summary,
  };
}
