import type { Certificate, Hash } from "@trellis/protocol";
import type { FinalityChain } from "../../finality/FinalityPorts.ts";
import type { Validity } from "../../finality/gadget/CheckpointVote.ts";
import type { ValidatorSet } from "../../finality/ValidatorSet.ts";
import type { Importer } from "../Importer.ts";
import type { Stages } from "../Stages.ts";
import type { Voters } from "./Epochs.ts";

/** The chain as those see it who vote on it. [FINAL-16] */
export class Checkpoints implements FinalityChain {
  readonly #stages: Stages;
  readonly #importer: Importer;

  constructor(stages: Stages, importer: Importer) {
    this.#stages = stages;
    this.#importer = importer;
  }

  finalHeight(): number {
    return this.#stages.certificates.finalHeight;
  }

  validators(height: number): ValidatorSet | undefined {
    return height === this.finalHeight() + 1 ? this.voters()?.set : undefined;
  }

  /** Who votes on the next checkpoint; undefined while depth makes final. */
  voters(): Voters | undefined {
    const { epochs, states } = this.#stages;
    if (this.#importer.awaitsState) return undefined;
    return epochs.votersAfter(states.baseHash, states.reader(states.baseHash));
  }

  valueToPropose(): Hash | undefined {
    const { dag } = this.#stages.chainDag;
    const { depth } = this.#stages.options.parameters.votes;
    const { sink } = this.#importer;
    const value = dag.chainBlockAtDepth(sink, depth);
    const isDeep = dag.blueScore(value) + depth <= dag.blueScore(sink);
    return isDeep && this.#isFarEnough(value) ? value : undefined;
  }

  validity(value: Hash): Validity {
    const { blocks, chainDag } = this.#stages;
    if (!chainDag.dag.has(value) || blocks.isUnstored(value)) return "unknown";
    const isOnChain = chainDag.dag.isChainAncestor(value, this.#importer.sink);
    return isOnChain && this.#isFarEnough(value) ? "valid" : "invalid";
  }

  finalize(certificate: Certificate): void {
    this.#importer.finalize(certificate).catch((error: Error) => {
      const { height, value } = certificate;
      this.#stages.ports.log.error("a checkpoint was not made final", { height, block: value, error });
    });
  }

  keepFuller(certificate: Certificate): void {
    this.#importer.keepCertificate(certificate).catch((error: Error) => {
      this.#stages.ports.log.error("a certificate was not kept", { height: certificate.height, error });
    });
  }

  /** Certified blocks that have come meanwhile. */
  finalizeAwaited(): void {
    const { certificates, chainDag } = this.#stages;
    if (this.#importer.awaitsState) return;
    for (const certificate of certificates.awaited) {
      if (chainDag.dag.has(certificate.value)) this.finalize(certificate);
    }
  }

  /** On the chain of the last checkpoint, and as far above it as checkpoints are apart. */
  #isFarEnough(value: Hash): boolean {
    const { chainDag, states, options } = this.#stages;
    const { dag } = chainDag;
    const last = states.baseHash;
    const isAbove = dag.isChainAncestor(last, value);
    return isAbove && dag.blueScore(value) >= dag.blueScore(last) + options.parameters.votes.interval;
  }
}
