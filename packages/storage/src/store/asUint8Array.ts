/** Converts Buffers, whose `slice` does not copy. */
export function asUint8Array({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
