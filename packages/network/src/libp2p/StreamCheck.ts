import { Negotiation } from "./Negotiation.ts";

/** Encodes lengths below 256 MiB, more than any limit. */
const LENGTH_BYTES_MAX = 4;

interface StreamCheckOptions {
  readonly isChoice: (protocol: string) => boolean;
  readonly messageBytesMax: (protocol: string) => number | undefined;
  readonly began: (protocol: string, bytes: number) => void;
}

export class StreamCheck {
  readonly #options: StreamCheckOptions;
  readonly #negotiation: Negotiation;
  #protocol: string | undefined;
  #bytesMax: number | undefined;
  #bytesLeft = 0;
  #length = 0;
  #lengthBytes = 0;

  constructor(options: StreamCheckOptions) {
    this.#options = options;
    this.#negotiation = new Negotiation(options.isChoice);
  }

  accepts(chunk: Uint8Array): boolean {
    if (this.#protocol !== undefined) return this.#acceptsMessages(chunk);
    const verdict = this.#negotiation.read(chunk);
    if (verdict.kind !== "chosen") return verdict.kind === "open";
    this.#protocol = verdict.protocol;
    this.#bytesMax = this.#options.messageBytesMax(verdict.protocol);
    return this.#acceptsMessages(verdict.rest);
  }

  #acceptsMessages(chunk: Uint8Array): boolean {
    if (this.#bytesMax === undefined) return true;
    let at = 0;
    while (at < chunk.length) {
      if (this.#bytesLeft > 0) {
        const passed = Math.min(this.#bytesLeft, chunk.length - at);
        this.#bytesLeft -= passed;
        at += passed;
      } else if (!this.#acceptsLengthByte(chunk[at++]!, this.#bytesMax)) return false;
    }
    return true;
  }

  #acceptsLengthByte(byte: number, bytesMax: number): boolean {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes++);
    if (byte >= 0x80) return this.#lengthBytes < LENGTH_BYTES_MAX;
    // Decoders disagree on non-minimal varints.
    if (byte === 0 && this.#lengthBytes > 1) return false;
    const bytes = this.#length;
    this.#length = 0;
    this.#lengthBytes = 0;
    this.#bytesLeft = bytes;
    if (bytes > bytesMax) return false;
    this.#options.began(this.#protocol!, bytes);
    return true;
  }
}
