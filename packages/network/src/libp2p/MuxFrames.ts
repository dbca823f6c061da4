const HEADER_BYTES = 12;
const LENGTH_AT = 8;
/** What a frame is (yamux, "Type Field"): after these come pings and the farewell. */
const DATA = 0;
const WINDOW_UPDATE = 1;
/** A flag: the frame opens a stream. */
const SYN = 1;

interface MuxFrameLimits {
  /** No frame of data may be longer than what was offered as window. */
  readonly dataBytesMax: number;
  readonly frameTokens: number;
  /** Opening a stream costs far more than the frame. */
  readonly streamTokens: number;
}

/**
 * Counts the frames of a yamux connection before yamux reads them: it would wait for 4 GiB of a frame that announces
 * them, and answers all pings and all opened streams however many come.
 */
export class MuxFrames {
  readonly #limits: MuxFrameLimits;
  readonly #header = new DataView(new ArrayBuffer(HEADER_BYTES));
  #headerBytes = 0;
  #dataLeft = 0;

  constructor(limits: MuxFrameLimits) {
    this.#limits = limits;
  }

  /** Tokens that the frames beginning in the chunk cost; undefined if one of them is too long. */
  read(chunk: Uint8Array): number | undefined {
    let tokens = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#dataLeft > 0) {
        const passed = Math.min(this.#dataLeft, chunk.length - at);
        this.#dataLeft -= passed;
        at += passed;
        continue;
      }
      this.#header.setUint8(this.#headerBytes++, chunk[at++]!);
      if (this.#headerBytes < HEADER_BYTES) continue;
      this.#headerBytes = 0;
      const cost = this.#begin();
      if (cost === undefined) return undefined;
      tokens += cost;
    }
    return tokens;
  }

  #begin(): number | undefined {
    const { dataBytesMax, frameTokens, streamTokens } = this.#limits;
    const type = this.#header.getUint8(1);
    const flags = this.#header.getUint16(2);
    if (type === DATA) this.#dataLeft = this.#header.getUint32(LENGTH_AT);
    if (this.#dataLeft > dataBytesMax) return undefined;
    const isOpening = (type === DATA || type === WINDOW_UPDATE) && (flags & SYN) !== 0;
    return isOpening ? frameTokens + streamTokens : frameTokens;
  }
}
