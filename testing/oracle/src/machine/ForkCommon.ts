import { Common, Hardfork, Mainnet, type ParamsDict } from "@ethereumjs/common";
import type { ForkName } from "@trellis/protocol";
import { projectCrypto } from "./crypto.ts";

const HARDFORKS: Readonly<Record<ForkName, Hardfork>> = {
  cancun: Hardfork.Cancun,
  prague: Hardfork.Prague,
  osaka: Hardfork.Osaka,
};

/** Copying would take half of a transfer's time, so all users share an instance. */
export class ForkCommon extends Common {
  readonly #merged = new Set<ParamsDict>();

  constructor(chainId: bigint, fork: ForkName) {
    super({
      chain: { ...Mainnet, chainId: Number(chainId) },
      hardfork: HARDFORKS[fork],
      customCrypto: projectCrypto,
    });
  }

  override copy(): this {
    return this;
  }

  override updateParams(params: ParamsDict): void {
    if (this.#merged.has(params)) return;
    this.#merged.add(params);
    super.updateParams(params);
  }
}
