import type { Certificate, Hash } from "@trellis/protocol";
import type { ChainFinalityPorts, ImportQueue } from "./ChainFinalityPorts.ts";
import type { Backing, Validity } from "./tendermint/CheckpointVote.ts";
import type { FinalityChain } from "./tendermint/FinalityPorts.ts";
import type { ValidatorSet } from "./validatorSets/ValidatorSet.ts";
import type { Voting } from "./voting/Voting.ts";

type CheckpointsPorts = Omit<ChainFinalityPorts, "tables" | "setChanges" | "clock" | "metrics" | "tracing">;

export class Checkpoints implements FinalityChain {
  readonly #ports: CheckpointsPorts;
  readonly #queue: ImportQueue;
  readonly #voting: Voting;
  readonly #beingFinalized = new Set<number>();

  constructor(ports: CheckpointsPorts, queue: ImportQueue, voting: Voting) {
    this.#ports = ports;
    this.#queue = queue;
    this.#voting = voting;
  }

  finalHeight(): number {
    return this.#voting.finalHeight();
  }

  validators(height: number): ValidatorSet | undefined {
    return height === this.finalHeight() + 1 ? this.#voting.voters()?.set : undefined;
  }

  wasMember(publicKey: Uint8Array): boolean {
    const certified = new Set(this.#ports.certificates.recent().map(({ epoch }) => epoch));
    return [...certified].some((epoch) => this.#voting.votersOf(epoch)?.set.indexOf(publicKey) !== undefined);
  }

  valueToPropose(): Hash | undefined {
    const { finalLimit, chainDag } = this.#ports;
    const { dag } = chainDag;
    const { depth } = this.#ports.parameters.votes;
    const { sink } = this.#queue;
    const value = dag.chainBlockAtDepth(sink, depth);
    const isDeep = dag.blueScore(value) + depth <= dag.blueScore(sink);
    return isDeep && this.#isFarEnough(value) && finalLimit.allows(value) ? value : undefined;
  }

  validity(value: Hash, backing: Backing): Validity {
    const { blocks, chainDag } = this.#ports;
    if (!chainDag.dag.has(value) || blocks.isUnstored(value)) return "unknown";
    if (!this.#isFarEnough(value)) return "invalid";
    const isOnChain = chainDag.dag.isChainAncestor(value, this.#queue.sink);
    return isOnChain || (backing === "prevotes" && this.#canBeSelected(value)) ? "valid" : "invalid";
  }

  /** Accepts unexecuted blocks, because the prevoting validators have executed them. */
  #canBeSelected(value: Hash): boolean {
    const { blocks, chainDag, states } = this.#ports;
    for (let hash = value; !states.has(hash); hash = chainDag.selectedParent(hash)!) {
      if (blocks.isDisqualified(hash)) return false;
    }
    return true;
  }

  finalize(certificate: Certificate): void {
    const { height, value } = certificate;
    this.#queue
      .finalize(certificate)
      .catch((error: Error) => {
        this.#ports.log.error("checkpoint.finalizeFailed", { height, block: value, error });
      })
      .finally(() => this.#beingFinalized.delete(height));
  }

  keepFuller(certificate: Certificate): void {
    this.#queue.keepCertificate(certificate).catch((error: Error) => {
      this.#ports.log.error("certificate.storeFailed", { height: certificate.height, error });
    });
  }

  flush(): Promise<void> {
    return this.#ports.store.flush();
  }

  finalizeAwaited(): void {
    const { certificates, chainDag, finalLimit } = this.#ports;
    if (this.#queue.awaitsState) return;
    for (const certificate of certificates.awaited) {
      const { value, height } = certificate;
      if (!chainDag.dag.has(value) || !finalLimit.allows(value)) continue;
      if (this.#beingFinalized.has(height)) continue;
      this.#beingFinalized.add(height);
      this.finalize(certificate);
    }
  }

  #isFarEnough(value: Hash): boolean {
    const { chainDag, parameters } = this.#ports;
    const { dag } = chainDag;
    const last = this.#voting.last();
    if (!dag.has(last)) return false;
    const isAbove = dag.isChainAncestor(last, value);
    return isAbove && dag.blueScore(value) >= dag.blueScore(last) + parameters.votes.interval;
  }
}
