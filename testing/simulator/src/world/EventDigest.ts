/** Digest for comparing runs. Not cryptographic. */
export class EventDigest {
  #a = 0x9e3779b9;
  #b = 0x85ebca6b;

  number(value: number): void {
    this.#mix(value | 0);
    this.#mix((Math.floor(value * 1024) % 0x7fff_ffff) | 0);
  }

  text(value: string): void {
    let mixed = 0;
    for (let at = 0; at < value.length; at++) mixed = Math.imul(mixed, 31) + value.charCodeAt(at);
    this.#mix(mixed);
  }

  bytes(value: Uint8Array): void {
    let mixed = value.length;
    for (let at = 0; at < value.length; at++) mixed = Math.imul(mixed, 31) + value[at]!;
    this.#mix(mixed);
  }

  value(): string {
    return [this.#a, this.#b].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #mix(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0xcc9e2d51);
    this.#a = (this.#a << 13) | (this.#a >>> 19);
    this.#b = (Math.imul(this.#b, 0x1b873593) + (value ^ this.#a)) | 0;
    this.#b ^= this.#b >>> 15;
  }
}
