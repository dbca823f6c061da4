import { rpcErrors } from "../errors.ts";

export class LoadGate {
  readonly #weightMax: number;
  #weight = 0;

  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get weight(): number {
    return this.#weight;
  }

  /** @throws RPC_OVERLOADED */
  enter(weight: number): void {
    if (this.#weight + weight > this.#weightMax) {
      throw rpcErrors.RPC_OVERLOADED({ weight, underWay: this.#weight, weightMax: this.#weightMax });
    }
    this.#weight += weight;
  }

  leave(weight: number): void {
    this.#weight -= weight;
  }
}
