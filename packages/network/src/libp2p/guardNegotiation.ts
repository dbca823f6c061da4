import type { MultiaddrConnection, StreamMessageEvent } from "@libp2p/interface";
import { libp2pErrors } from "./errors.ts";

/** What a dialling node may choose from; then its handshake begins. */
const ENCRYPTIONS: ReadonlySet<string> = new Set(["/tls/1.0.0\n", "/noise\n"]);
/** A greeting and two choices are usual. */
const WORDS_MAX = 8;
/** From here on a varint takes a second byte, and no word that is said here is as long. */
const LENGTH_MAX = 0x80;

/**
 * Closes a connection whose first bytes are not a choice of encryption in multistream-select. libp2p reads a length of
 * variable size byte by byte for as long as it has no end, at more than a microsecond a byte: whoever sent nothing but
 * 0xff would keep a core busy with some Mbit/s. [LINK-5]
 */
export function guardNegotiation(connection: MultiaddrConnection): void {
  let seen: Uint8Array = new Uint8Array(0);
  const look = (event: StreamMessageEvent): void => {
    seen = Buffer.concat([
      seen,
      event.data.subarray(0, Math.min(event.data.byteLength, WORDS_MAX * LENGTH_MAX)),
    ]);
    const state = negotiationState(seen);
    if (state !== "open") connection.removeEventListener("message", look);
    if (state === "refused") {
      event.stopImmediatePropagation();
      connection.abort(libp2pErrors.HANDSHAKE_INVALID());
    }
  };
  connection.addEventListener("message", look);
}

function negotiationState(bytes: Uint8Array): "open" | "chosen" | "refused" {
  let at = 0;
  for (let count = 0; count < WORDS_MAX; count++) {
    const length = bytes[at];
    if (length === undefined) return "open";
    if (length >= LENGTH_MAX) return "refused";
    const word = bytes.subarray(at + 1, at + 1 + length);
    if (word.length < length) return "open";
    if (ENCRYPTIONS.has(Buffer.from(word).toString("latin1"))) return "chosen";
    at += 1 + length;
  }
  return "refused";
}
