import { Common, Hardfork, Mainnet, type ParamsDict } from "@ethereumjs/common";
import { projectCrypto } from "./crypto.ts";

/** Copying would take half of a transfer's time, so all users share an instance. */
export class CancunCommon extends Common {
  readonly #merged = new Set<ParamsDict>();

  constructor(chainId: bigint) {
    super({
      chain: { ...Mainnet, chainId: Number(chainId) },
      hardfork: Hardfork.Cancun,
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
