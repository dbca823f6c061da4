/** Of 32 bytes, little-endian. */
export function isAtMost(digest: Uint8Array, target: Uint8Array): boolean {
  for (let index = 31; index >= 0; index--) {
    if (digest[index]! !== target[index]!) return digest[index]! < target[index]!;
  }
  return true;
}
