/** Writes numbers in base 128, least significant digit first. */
export class RecordWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  number(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#push(rest);
  }

  fixed(hexadecimal: string): void {
    for (let at = 0; at < hexadecimal.length; at += 2) {
      this.#push(Number.parseInt(hexadecimal.slice(at, at + 2), 16));
    }
  }

  bigint(value: bigint): void {
    const digits = value.toString(16);
    const padded = digits.length % 2 === 0 ? digits : `0${digits}`;
    this.number(padded.length / 2);
    this.fixed(padded);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const wider = new Uint8Array(this.#length * 2);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes[this.#length++] = byte;
  }
}
