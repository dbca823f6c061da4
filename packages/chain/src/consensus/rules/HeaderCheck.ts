import { type Clock, LruMap } from "@trellis/base";
import type { Hash, Header, NetworkParameters } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";
import { verifyHeaderInIsolation } from "./headerInIsolation.ts";

/** Headers of several hours, about 10 MB. */
const CHECKED_MAX = 65_536;

export interface HeaderCheckOptions {
  readonly parameters: NetworkParameters;
  readonly shard: number;
}

export interface HeaderCheckPorts {
  readonly clock: Clock;
  readonly verifySeal: (header: Header) => Promise<boolean>;
}

/** [EXEC-1] */
export class HeaderCheck {
  readonly #options: HeaderCheckOptions;
  readonly #ports: HeaderCheckPorts;
  readonly #checked = new LruMap<Hash, true>(CHECKED_MAX);

  constructor(options: HeaderCheckOptions, ports: HeaderCheckPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  async verify(hash: Hash, header: Header, isSealKnown: boolean): Promise<void> {
    const { parameters, shard } = this.#options;
    verifyHeaderInIsolation(header, parameters, shard, this.#ports.clock.nowMs());
    if (isSealKnown || this.#checked.has(hash)) return;
    if (!(await this.#ports.verifySeal(header)))
      throw ruleErrors.BLOCK_INVALID({ reason: "proof of work misses the target", block: hash });
    this.#checked.set(hash, true);
  }
}
