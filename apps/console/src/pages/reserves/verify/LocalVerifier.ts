import { consoleErrors } from "../../../errors.ts";
import type { Expected, Judgement } from "./judgeFile.ts";

interface Judged {
  readonly judgement: Judgement;
  readonly tookMs: number;
}

interface Answer {
  readonly isReady?: true;
  readonly id?: number;
  readonly judgement?: Judgement;
  readonly tookMs?: number;
  readonly failure?: string;
}

export class LocalVerifier {
  readonly #worker: Worker;
  #nextId = 1;
  readonly #waiting = new Map<number, PromiseWithResolvers<Judged>>();
  readonly ready: Promise<void>;

  constructor() {
    this.#worker = new Worker(new URL("./verifyWorker.ts", import.meta.url), { type: "module" });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#worker.onerror = ({ message }) =>
      reject(consoleErrors.CONSOLE_FAILED({ part: "verifier", reason: message }));
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.isReady === true) resolve();
      else this.#take(data);
    };
  }

  /** @throws CONSOLE_FAILED if the worker fails; invalid content is no error */
  judge(bytes: Uint8Array<ArrayBuffer>, expected: Expected): Promise<Judged> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<Judged>();
    this.#waiting.set(id, waiting);
    this.#worker.postMessage({ id, bytes, expected });
    return waiting.promise;
  }

  #take({ id = 0, judgement, tookMs = 0, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (judgement === undefined)
      waiting?.reject(consoleErrors.CONSOLE_FAILED({ part: "verifier", reason: failure }));
    else waiting?.resolve({ judgement, tookMs });
  }
}
