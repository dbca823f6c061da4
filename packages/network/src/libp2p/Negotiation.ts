/** A word takes a single byte of length: from here on a varint takes a second, and no word that is said here is as long. */
const LENGTH_MAX = 0x80;
/** A greeting and two choices are usual. */
const WORDS_MAX = 8;
const GREETING = "/multistream/1.0.0\n";

type NegotiationVerdict =
  | { readonly kind: "open" | "refused" }
  /** What follows the choice speaks the protocol chosen. */
  | { readonly kind: "chosen"; readonly protocol: string; readonly rest: Uint8Array };

/**
 * Reads what the other end says in multistream-select, up to its choice of a protocol. libp2p reads a length of
 * variable size byte by byte for as long as it has no end, at more than a microsecond a byte: whoever sent nothing but
 * 0xff would keep a core busy with some Mbit/s. [LINK-5]
 */
export class Negotiation {
  readonly #isChoice: (protocol: string) => boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #count = 0;

  /** What ends it, by name: the protocols that this end offers or takes. */
  constructor(isChoice: (protocol: string) => boolean) {
    this.#isChoice = isChoice;
  }

  /** Nothing may be read after another verdict than `open`. */
  read(chunk: Uint8Array): NegotiationVerdict {
    let bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const length = bytes[0];
      if (length === undefined) return this.#wait(bytes);
      if (length >= LENGTH_MAX || this.#count === WORDS_MAX) return { kind: "refused" };
      if (bytes.length < 1 + length) return this.#wait(bytes);
      const word = Buffer.from(bytes.subarray(1, 1 + length)).toString("latin1");
      bytes = bytes.subarray(1 + length);
      if (this.#count++ === 0 ? word !== GREETING : !word.endsWith("\n")) return { kind: "refused" };
      const protocol = word.slice(0, -1);
      if (this.#isChoice(protocol)) return { kind: "chosen", protocol, rest: bytes };
    }
  }

  #wait(bytes: Uint8Array): NegotiationVerdict {
    this.#bytes = bytes;
    return { kind: "open" };
  }
}
