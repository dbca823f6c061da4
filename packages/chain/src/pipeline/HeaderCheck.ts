import { LruMap } from "@trellis/base";
import type { Hash, Header } from "@trellis/protocol";
import { intakeErrors } from "../intake/errors.ts";
import { verifyHeaderInIsolation } from "../intake/headerInIsolation.ts";
import type { Stages } from "./Stages.ts";

/** Headers that stay known as checked until their blocks come: some ten megabytes, and hours of blocks. */
const CHECKED_MAX = 65_536;

/** What a header and the clock can tell. A seal, which is dear, is checked once. [EXEC-1] */
export class HeaderCheck {
  readonly #stages: Pick<Stages, "options" | "ports">;
  /** Hashes of headers whose seals were work enough. */
  readonly #checked = new LruMap<Hash, true>(CHECKED_MAX);

  constructor(stages: Pick<Stages, "options" | "ports">) {
    this.#stages = stages;
  }

  /** @throws the first rule that the header breaks, and what checking seals throws */
  async verify(hash: Hash, header: Header, isSealKnown: boolean): Promise<void> {
    const { options, ports } = this.#stages;
    verifyHeaderInIsolation(header, options.parameters, options.shard, ports.clock.nowMs());
    if (isSealKnown || this.#checked.has(hash)) return;
    if (!(await ports.verifySeal(header))) throw intakeErrors.SEAL_INVALID({ block: hash });
    this.#checked.set(hash, true);
  }
}
