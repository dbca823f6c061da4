import { bytesToHex } from "@trellis/base";

export interface Attempt {
  readonly key: string;
  readonly beganAtMs: number;
}

/** After a lost response, identical content reuses the idempotency key. */
export class Attempts {
  #last: (Attempt & { readonly content: string }) | undefined;

  async send<T>(content: unknown, send: (attempt: Attempt) => Promise<T>): Promise<T> {
    const text = JSON.stringify(content);
    if (this.#last?.content !== text) {
      this.#last = { content: text, key: newKey(), beganAtMs: Date.now() };
    }
    const answer = await send(this.#last);
    this.forget();
    return answer;
  }

  forget(): void {
    this.#last = undefined;
  }
}

/** `randomUUID` is unavailable outside secure contexts. */
function newKey(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16))).slice(2);
}
