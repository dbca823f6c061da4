import { MessageChannel } from "node:worker_threads";
import { startWorker } from "@trellis/crypto";
import { systemScheduler } from "@trellis/platform/system";
import type { BlockBuilder } from "@trellis/protocol";
import { RemoteEngine } from "@trellis/rpc";
import { trellisErrors } from "../errors.ts";
import { answerNow } from "./askNow.ts";
import type {
  AnchorQuestion,
  HostCalls,
  HostedTemplate,
  HostFacts,
  HostOptions,
  HubCalls,
  SentAnswer,
} from "./messages.ts";
import { type Served, ThreadPeer } from "./ThreadPeer.ts";

interface HostEvents {
  /** Called once. The node must not continue without the shard. [EXEC-35] */
  readonly onEnded: (error: Error) => void;
  readonly answer: (question: AnchorQuestion) => SentAnswer["value"];
  readonly calls: Omit<Served<HubCalls>, "ask" | "engine">;
}

const WORKER = new URL("./hostWorker.ts", import.meta.url);

/** The thread of a shard, as the main thread sees it. */
export class ShardHost {
  readonly shard: number;
  readonly engine: RemoteEngine;
  readonly peer: ThreadPeer<HostCalls, HubCalls>;
  readonly #worker;
  readonly #ready = Promise.withResolvers<void>();
  #isEnding = false;
  #hasEnded = false;

  constructor(options: Omit<HostOptions, "answers" | "answered">, { onEnded, answer, calls }: HostEvents) {
    const { shard } = options;
    this.shard = shard;
    const { port1, port2 } = new MessageChannel();
    // Otherwise it would keep the process alive.
    port1.unref();
    const answered = new SharedArrayBuffer(4);
    const fail = (error: Error): void => {
      if (!this.#isEnding) onEnded(error);
    };
    const own: Served<HubCalls> = {
      ...calls,
      ask: (id, question) => answerNow(port1, answered, { id, value: answer(question) }),
      engine: (message) => this.engine.receive(message),
    };
    this.peer = new ThreadPeer(
      (message) => this.#worker.worker.postMessage(message),
      own,
      (error) => fail(error as Error),
    );
    this.engine = new RemoteEngine((message) => this.peer.tell("engine", message));
    this.#ready.promise.catch(() => {});
    const workerData: HostOptions = { ...options, answers: port2, answered };
    this.#worker = startWorker(
      { url: WORKER, scheduler: systemScheduler, workerData, transferList: [port2] },
      {
        onReady: () => this.#ready.resolve(),
        isExpected: (message) => this.peer.expects(message),
        onMessage: (message) => this.peer.receive(message),
        onExit: (cause) => {
          const ended = trellisErrors.SHARD_HOST_FAILED({ shard, reason: String(cause.facts.reason) }, cause);
          this.#hasEnded = true;
          this.#ready.reject(ended);
          this.peer.fail(ended);
          this.engine.fail(ended);
          fail(ended);
        },
      },
    );
  }

  get builder(): BlockBuilder {
    return {
      createTemplate: (request) => this.peer.ask("template", request),
      importSealed: (template, nonce) =>
        this.peer.ask("seal", (template as HostedTemplate).id, template.header.seal.branch, nonce),
    };
  }

  async open(newest: () => Parameters<HostCalls["open"]>): Promise<HostFacts> {
    await this.#ready.promise;
    return this.peer.ask("open", ...newest());
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    try {
      if (!this.#hasEnded) await this.peer.ask("stop");
    } finally {
      await this.#worker.end();
    }
  }
}
