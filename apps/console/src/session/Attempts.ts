import { newKey } from "./newKey.ts";

/** One thing that somebody wants done, however often it is sent until its answer has come. */
export interface Attempt {
  /** By which the service knows it again. */
  readonly key: string;
  /** When it was first sent. ms since the Unix epoch */
  readonly beganAtMs: number;
}

/**
 * What a form sends. Of something whose answer was lost nobody knows whether it was done: when the same is sent again
 * it is the same attempt. A new one begins with other content, and after an answer that it was done.
 */
export class Attempts {
  #last: (Attempt & { readonly content: string }) | undefined;

  /** @param content what makes it the same: JSON */
  async send<T>(content: unknown, send: (attempt: Attempt) => Promise<T>): Promise<T> {
    const text = JSON.stringify(content);
    if (this.#last?.content !== text) {
      this.#last = { content: text, key: newKey(), beganAtMs: Date.now() };
    }
    const answer = await send(this.#last);
    this.forget();
    return answer;
  }

  /** The next is a new one. */
  forget(): void {
    this.#last = undefined;
  }
}
