import { secretsErrors } from "../secrets/errors.ts";
import type { ColumnCipher } from "./ColumnCipher.ts";

export interface TextCipher {
  seal(row: string, text: string): string;
  /** @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN */
  open(row: string, stored: string): string;
}

export const MARK = "~";

/** Stores `~` and base64. The prefix has a size divisible by three, so its base64 identifies the key. */
export function textCipher(cipher: ColumnCipher): TextCipher {
  return {
    seal: (row, text) => `${MARK}${cipher.seal(row, Buffer.from(text)).toString("base64")}`,
    open(row, stored) {
      if (!stored.startsWith(MARK)) throw secretsErrors.ENVELOPE_BROKEN({ reason: "not encrypted" });
      return cipher.open(row, Buffer.from(stored.slice(MARK.length), "base64")).toString();
    },
  };
}

export const PLAIN_TEXT: TextCipher = { seal: (_, text) => text, open: (_, stored) => stored };
