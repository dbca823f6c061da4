import { isTrellisError, type Log, type TrellisError } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import { chainErrors } from "./errors.ts";

export interface FailurePolicyPorts {
  readonly log: Log;
  readonly storageShortage?: (() => string | undefined) | undefined;
}

/** [EXEC-22] [EXEC-31] */
export class FailurePolicy {
  readonly #ports: FailurePolicyPorts;
  #failure: Error | undefined;
  #isShort = false;

  constructor(ports: FailurePolicyPorts) {
    this.#ports = ports;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  requireRunning(): void {
    if (this.#failure !== undefined) throw chainErrors.CHAIN_STOPPED({}, this.#failure);
  }

  requireAvailable(): void {
    const reason = this.#failure === undefined ? this.#shortage() : stoppedBy(this.#failure);
    if (reason !== undefined) throw chainErrors.CHAIN_UNAVAILABLE({ reason });
  }

  async refusalFrom(block: Hash, step: () => Promise<void>): Promise<TrellisError | undefined> {
    try {
      await step();
      return undefined;
    } catch (error) {
      return this.refusalOf(block, error);
    }
  }

  refusalOf(block: Hash, error: unknown): TrellisError {
    if (isTrellisError(error, "BLOCK_NOT_TAKEN")) return this.faultOf(block, error.cause);
    return isTrellisError(error) && error.consequence !== "fatal" ? error : this.faultOf(block, error);
  }

  faultOf(block: Hash, cause: unknown): TrellisError {
    if (isTrellisError(cause) && cause.consequence === "fatal") return this.stop(block, cause);
    this.#ports.log.error("block.importFailed", {
      block,
      error: cause as Error,
      message: "The failure is local. The block may be valid.",
    });
    return chainErrors.BLOCK_NOT_TAKEN({ block }, cause);
  }

  stop(block: Hash, cause: unknown): TrellisError {
    if (isTrellisError(cause, "CHAIN_STOPPED")) return cause;
    this.#failure = cause as Error;
    this.#ports.log.error("chain.stopped", { block, error: this.#failure });
    return chainErrors.CHAIN_STOPPED({ block }, cause);
  }

  #shortage(): string | undefined {
    const { log, storageShortage } = this.#ports;
    const reason = storageShortage?.();
    if (reason !== undefined && !this.#isShort)
      log.error("import.paused", { reason, message: "The chain waits for free disk space." });
    if (reason === undefined && this.#isShort) log.info("import.resumed");
    this.#isShort = reason !== undefined;
    return reason;
  }
}

/** Sent to clients, so it must not contain local paths. */
function stoppedBy(failure: Error): string {
  return `chain stopped: ${isTrellisError(failure) ? failure.code : failure.name}`;
}
