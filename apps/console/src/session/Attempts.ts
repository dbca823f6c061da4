import { bytesToHex } from "@trellis/base";

export interface Attempt {
  /** Idempotency key. */
  readonly key: string;
  /** First submission, ms since the Unix epoch. */
  readonly beganAtMs: number;
}

/**
 * Idempotent submissions: after a lost answer, equal content reuses the attempt. Other content, or success, starts a
 * new one.
 */
export class Attempts {
  #last: (Attempt & { readonly content: string }) | undefined;

  /** @param content identifies the attempt */
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

/** Idempotency key. `randomUUID` is unavailable without https. */
function newKey(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16))).slice(2);
}
