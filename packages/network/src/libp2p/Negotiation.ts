/** Two-byte varint prefixes start here. Every protocol name is shorter. */
const LENGTH_MAX = 0x80;
const WORDS_MAX = 8;
const GREETING = "/multistream/1.0.0\n";

type NegotiationVerdict =
  | { readonly kind: "open" | "refused" }
  | { readonly kind: "chosen"; readonly protocol: string; readonly rest: Uint8Array };

/**
 * Parses multistream-select up to the chosen protocol. libp2p's parser takes over 1 µs per varint byte: a few
 * Mbit/s of 0xff would occupy a core. [LINK-5]
 */
export class Negotiation {
  readonly #isChoice: (protocol: string) => boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #count = 0;

  constructor(isChoice: (protocol: string) => boolean) {
    this.#isChoice = isChoice;
  }

  /** Call only while the verdict is `open`. */
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
