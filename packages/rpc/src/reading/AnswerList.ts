import { EncodedJson } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";

/** Stops when the answer becomes too large. [RPC-17] */
export class AnswerList {
  readonly #max: number;
  #items: string[] = [];
  #size = 0;

  constructor({ responseBytesMax }: Pick<RpcLimits, "responseBytesMax">) {
    this.#max = responseBytesMax;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get rest(): Pick<RpcLimits, "responseBytesMax"> {
    return { responseBytesMax: this.#max - this.#size };
  }

  add(item: unknown): void {
    this.addJson(JSON.stringify(item));
  }

  addJson(json: string): void {
    this.#size += json.length + 1;
    if (this.#size > this.#max) throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax: this.#max });
    this.#items.push(json);
  }

  toJson(): EncodedJson {
    return new EncodedJson(`[${this.#items.join(",")}]`);
  }
}

export async function writeList(
  limits: Pick<RpcLimits, "responseBytesMax">,
  count: number,
  item: (index: number) => unknown,
  pacing: Pacing,
): Promise<EncodedJson> {
  const list = new AnswerList(limits);
  for (let index = 0; index < count; index++) {
    list.add(item(index));
    if (pacing.isDue) await pacing.pause();
  }
  return list.toJson();
}
