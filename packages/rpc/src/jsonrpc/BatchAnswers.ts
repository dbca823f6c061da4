import type { Clock, TrellisError } from "@trellis/base";
import { rpcErrors } from "../errors.ts";
import { LARGE, type OutgoingBytes } from "../guards/OutgoingBytes.ts";
import type { RpcLimits } from "../options.ts";
import type { Session } from "../Session.ts";
import { type Answer, type AnswerPart, partsOf, sizeOf } from "./answers.ts";
import type { AnswerOptions } from "./MethodCalls.ts";

interface BatchPorts {
  readonly session: Session;
  readonly clock: Clock;
  readonly outgoing: OutgoingBytes;
  readonly limits: Pick<RpcLimits, "responseBytesMax" | "batchTimeMs" | "callTimeMs">;
}

/** At a limit, refuses the remaining entries. [RPC-17] [RPC-18] */
export class BatchAnswers {
  readonly #answers: (Answer | undefined)[];
  readonly #ports: BatchPorts;
  readonly #endMs: number;
  #size = 0;
  #held = 0;
  #exhaustion: TrellisError | undefined;

  constructor(count: number, ports: BatchPorts) {
    this.#answers = new Array(count);
    this.#ports = ports;
    this.#endMs = ports.session.arrivedMs + ports.limits.batchTimeMs;
  }

  exhaustion(): TrellisError | undefined {
    const { clock, limits } = this.#ports;
    if (this.#exhaustion === undefined && clock.nowMs() > this.#endMs) {
      this.#exhaustion = rpcErrors.RPC_BATCH_TIMED_OUT({ batchTimeMs: limits.batchTimeMs });
    }
    return this.#exhaustion;
  }

  nextOptions(): AnswerOptions {
    const { clock, limits } = this.#ports;
    const sinceMs = clock.nowMs();
    return {
      sinceMs,
      timeMs: Math.min(limits.callTimeMs, this.#endMs - sinceMs),
      sizeMax: limits.responseBytesMax - this.#size,
      endBatch: (error: TrellisError) => {
        this.#exhaustion ??= error;
      },
    };
  }

  keep(index: number, answer: Answer | undefined, refuse: (error: TrellisError) => string): void {
    if (answer === undefined) return;
    const { limits, outgoing } = this.#ports;
    const size = this.#size + sizeOf(answer);
    if (size > limits.responseBytesMax) {
      this.#exhaustion ??= rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax: limits.responseBytesMax });
      this.refuse(index, refuse(this.#exhaustion));
      return;
    }
    const growth = size - this.#held;
    if (growth >= LARGE) {
      if (!outgoing.admit(growth)) {
        this.#exhaustion ??= rpcErrors.RPC_OVERLOADED({ size });
        this.refuse(index, refuse(this.#exhaustion));
        return;
      }
      this.#held += growth;
    }
    this.#answers[index] = answer;
    this.#size = size;
  }

  refuse(index: number, answer: string): void {
    this.#answers[index] = answer;
  }

  /** Undefined if all entries were notifications. */
  toJson(): Answer | undefined {
    const given = this.#answers.filter((answer) => answer !== undefined);
    if (given.length === 0) return undefined;
    if (this.#size < LARGE) return `[${given.join(",")}]`;
    const parts: AnswerPart[] = given.flatMap((answer, index) => {
      const before = index === 0 ? "[" : ",";
      return typeof answer === "string" ? `${before}${answer}` : [before, ...partsOf(answer)];
    });
    return [...parts, "]"];
  }

  release(): void {
    this.#ports.outgoing.release(this.#held);
    this.#held = 0;
  }
}
