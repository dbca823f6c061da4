import { rpcErrors } from "../errors.ts";

/** Share of the weight that only callers with priority `reserved` may use. */
const RESERVE = 0.1;

export class LoadGate {
  readonly #weightMax: number;
  #weight = 0;

  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get weight(): number {
    return this.#weight;
  }

  enter(weight: number, isReserved = true): void {
    const weightMax = isReserved ? this.#weightMax : this.#weightMax * (1 - RESERVE);
    if (this.#weight + weight > weightMax) {
      throw rpcErrors.RPC_OVERLOADED({ weight, underWay: this.#weight, weightMax });
    }
    this.#weight += weight;
  }

  leave(weight: number): void {
    this.#weight -= weight;
  }
}
