export interface Random {
  bytes(count: number): Uint8Array;
}

/** Web Crypto returns at most 65,536 bytes per call. */
const BYTES_AT_ONCE = 65_536;

export const systemRandom: Random = {
  bytes(count) {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += BYTES_AT_ONCE)
      crypto.getRandomValues(bytes.subarray(at, at + BYTES_AT_ONCE));
    return bytes;
  },
};
