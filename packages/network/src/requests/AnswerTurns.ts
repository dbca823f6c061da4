import type { Pace } from "@trellis/base";

/** Large answers are worked out one after another, so that peers together take no more of the thread than one of them. */
export class AnswerTurns {
  readonly #pace: Pace | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(pace: Pace | undefined) {
    this.#pace = pace;
  }

  take<T>(answer: () => Promise<T>): Promise<T> {
    const pace = this.#pace;
    if (pace === undefined) return answer();
    const turn = this.#last.then(async () => {
      if (pace.isDue()) await pace.pause();
      return answer();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}
