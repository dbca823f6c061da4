import { type Pace, SerialQueue } from "@trellis/base";

/** One answer at a time: many peers take no more of the thread's time than one peer. */
export class AnswerQueue {
  readonly #pace: Pace | undefined;
  readonly #answers = new SerialQueue();

  constructor(pace: Pace | undefined) {
    this.#pace = pace;
  }

  run<T>(answer: () => Promise<T>): Promise<T> {
    const pace = this.#pace;
    if (pace === undefined) return answer();
    return this.#answers.run(async () => {
      if (pace.isDue()) await pace.pause();
      return answer();
    });
  }
}
