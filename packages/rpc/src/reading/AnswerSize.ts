import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";

/** Counts an answer's characters while it is made, so that one that is too large is never made whole. [RPC-17] */
export class AnswerSize {
  readonly #max: number;
  #size = 0;

  constructor({ responseBytesMax }: Pick<RpcLimits, "responseBytesMax">) {
    this.#max = responseBytesMax;
  }

  /** @throws RPC_RESPONSE_TOO_LARGE */
  counted<T>(part: T): T {
    this.#size += JSON.stringify(part).length;
    if (this.#size > this.#max) throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax: this.#max });
    return part;
  }
}
