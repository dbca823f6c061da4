import type { Certificate, Hash } from "@trellis/protocol";
import { areShardsWaiting } from "../shards/areShardsWaiting.ts";
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
  #asked: { readonly value: Hash; readonly last: Hash; readonly isAwaited: boolean } | undefined;

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

  /** [FINAL-16] [SHARD-27] */
  valueToPropose(): Hash | undefined {
    const { finalLimit, parameters } = this.#ports;
    const value = parameters.sharding === undefined ? this.#deepBlock() : this.#settledBlock();
    return value !== undefined && finalLimit.allows(value) ? value : undefined;
  }

  /** Shard 0 has recorded a block that this node does not have, so nothing can be proposed. */
  lacksLast(): boolean {
    return !this.#ports.chainDag.dag.has(this.#voting.last());
  }

  #deepBlock(): Hash | undefined {
    const { chainDag, parameters } = this.#ports;
    const { dag } = chainDag;
    const { depth, interval } = parameters.votes;
    const { sink } = this.#queue;
    const value = dag.chainBlockAtDepth(sink, depth);
    const isDeep = dag.blueScore(value) + depth <= dag.blueScore(sink);
    return isDeep && this.#isAboveLast(value, interval) ? value : undefined;
  }

  #settledBlock(): Hash | undefined {
    const { chainDag, parameters } = this.#ports;
    const { depth, interval } = parameters.votes;
    const value = chainDag.dag.settledBlock(this.#queue.sink, depth);
    if (this.#isAboveLast(value, interval)) return value;
    return this.#isAboveLast(value, 1) && this.#isAwaited(value) ? value : undefined;
  }

  /** Computed once a value, because each event asks. [SHARD-27.2] */
  #isAwaited(value: Hash): boolean {
    const { states, parameters } = this.#ports;
    const last = this.#voting.last();
    if (this.#asked?.value !== value || this.#asked.last !== last) {
      const { count } = parameters.sharding!;
      const isAwaited = states.has(last) && areShardsWaiting(states, count, { from: last, to: value });
      this.#asked = { value, last, isAwaited };
    }
    return this.#asked.isAwaited;
  }

  validity(value: Hash, backing: Backing): Validity {
    const { blocks, chainDag, parameters } = this.#ports;
    if (!chainDag.dag.has(value) || blocks.isUnstored(value)) return "unknown";
    if (!this.#isAboveLast(value, parameters.sharding === undefined ? parameters.votes.interval : 1))
      return "invalid";
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

  #isAboveLast(value: Hash, distance: number): boolean {
    const { dag } = this.#ports.chainDag;
    const last = this.#voting.last();
    if (!dag.has(last) || !dag.isChainAncestor(last, value)) return false;
    return dag.blueScore(value) >= dag.blueScore(last) + distance;
  }
}
