import type { EncodedJson } from "@trellis/protocol";
import type { RpcLimits } from "../options.ts";
import { AnswerList } from "./AnswerList.ts";

/** Every frame has this field once, and no string contains it. */
const FIELD = '"traceAddress":';

/** Joins lists of frames without parsing them, unless a bound is within a list. */
export class FrameList {
  readonly #answer: AnswerList;
  #skip: number;
  #left: number;

  constructor(
    limits: Pick<RpcLimits, "responseBytesMax">,
    { after, count }: { readonly after: number; readonly count: number } = ALL,
  ) {
    this.#answer = new AnswerList(limits);
    this.#skip = after;
    this.#left = count;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  /** @throws RPC_RESPONSE_TOO_LARGE */
  add(framesJson: string): void {
    const count = framesJson.split(FIELD).length - 1;
    const skipped = Math.min(this.#skip, count);
    const taken = Math.min(count - skipped, this.#left);
    this.#skip -= skipped;
    this.#left -= taken;
    if (taken === 0) return;
    if (taken === count) {
      this.#answer.addJson(framesJson.slice(1, -1));
      return;
    }
    const frames = JSON.parse(framesJson) as readonly unknown[];
    for (const frame of frames.slice(skipped, skipped + taken)) this.#answer.add(frame);
  }

  toJson(): EncodedJson {
    return this.#answer.toJson();
  }
}

const ALL = { after: 0, count: Number.POSITIVE_INFINITY };
