import type { Stream } from "@libp2p/interface";
import { byteStream } from "@libp2p/utils";
import { concatBytes } from "@trellis/base";
import { LIBP2P_LIMITS } from "./limits.ts";
import { plainBytes } from "./plainBytes.ts";

const LENGTH_BYTES = 4;
const COPIED_BYTES_MAX = 65_536;

interface Abortable {
  readonly signal: AbortSignal;
}

/** The length prefix has 4 bytes (big-endian): a sender could pad a varint indefinitely. [LINK-12] */
export class Frames {
  readonly #bytesMax: number;
  readonly #bytes: ReturnType<typeof byteStream<Stream>>;

  constructor(stream: Stream, bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = byteStream(stream, { maxBufferSize: bytesMax + LIBP2P_LIMITS.readAheadBytes });
  }

  async read({ signal }: Abortable): Promise<Uint8Array | undefined> {
    const length = plainBytes(await this.#bytes.read({ bytes: LENGTH_BYTES, signal }));
    const bytes = new DataView(length.buffer, length.byteOffset).getUint32(0);
    if (bytes > this.#bytesMax) return undefined;
    return plainBytes(await this.#bytes.read({ bytes, signal }));
  }

  async write(frame: Uint8Array, { signal }: Abortable): Promise<void> {
    const length = new Uint8Array(LENGTH_BYTES);
    new DataView(length.buffer).setUint32(0, frame.length);
    // Copying a small frame is cheaper than a second packet.
    if (frame.length <= COPIED_BYTES_MAX) return this.#bytes.write(concatBytes(length, frame), { signal });
    await this.#bytes.write(length, { signal });
    await this.#bytes.write(frame, { signal });
  }
}
