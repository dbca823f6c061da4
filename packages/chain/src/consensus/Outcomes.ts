import { isTrellisError, type TrellisError } from "@trellis/base";
import type { Block, BlockOutcome, Hash } from "@trellis/protocol";

type Headed = Pick<Block, "hash" | "header">;

export class Outcomes {
  readonly inOrder: BlockOutcome[] = [];
  readonly #byBlock = new Map<Hash, BlockOutcome>();

  add(block: Headed, refusal: TrellisError | undefined, dag: { has(hash: Hash): boolean }): void {
    const outcome = this.#outcomeOf(block, refusal, dag);
    this.inOrder.push(outcome);
    if (!this.#byBlock.has(block.hash)) this.#byBlock.set(block.hash, outcome);
  }

  #outcomeOf(
    block: Headed,
    refusal: TrellisError | undefined,
    dag: { has(hash: Hash): boolean },
  ): BlockOutcome {
    if (refusal === undefined) return { kind: "imported" };
    if (isTrellisError(refusal, "BLOCK_KNOWN")) return { kind: "known" };
    if (isTrellisError(refusal, "PARENT_UNKNOWN")) return this.#waiting(block, dag);
    return { kind: "refused", error: refusal };
  }

  #waiting({ header }: Headed, dag: { has(hash: Hash): boolean }): BlockOutcome {
    const missing = new Set<Hash>();
    for (const parent of header.parents.filter((hash) => !dag.has(hash))) {
      const outcome = this.#byBlock.get(parent);
      if (outcome?.kind === "refused") return outcome;
      for (const hash of outcome?.kind === "orphan" ? outcome.missing : [parent]) missing.add(hash);
    }
    return { kind: "orphan", missing: [...missing] };
  }
}
