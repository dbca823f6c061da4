const HEADER_BYTES = 12;
const LENGTH_AT = 8;
const DATA = 0;
const WINDOW_UPDATE = 1;
const SYN = 1;

interface MuxFrameLimits {
  readonly dataBytesMax: number;
  readonly frameTokens: number;
  readonly streamTokens: number;
}

/** Without this check, yamux buffers 4 GiB per frame and answers any number of pings and streams. */
export class MuxFrames {
  readonly #limits: MuxFrameLimits;
  readonly #header = new DataView(new ArrayBuffer(HEADER_BYTES));
  #headerBytes = 0;
  #dataLeft = 0;

  constructor(limits: MuxFrameLimits) {
    this.#limits = limits;
  }

  /** Returns the cost in tokens; undefined for an oversized frame. */
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
