/** The same bytes without Buffer's methods: a Buffer's `slice` is no copy. */
export function asUint8Array({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
