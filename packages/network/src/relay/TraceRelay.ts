import { type Clock, isTrellisError, type Tracing } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import { TokenBucket } from "../peers/TokenBucket.ts";
import type { GossipVerdict, PeerId, Transport } from "../transport/Transport.ts";
import { COUNT_LIMITS, type Trace, type Wire } from "../wire/index.ts";
import { TRACE_RATE } from "./limits.ts";
import type { Relay } from "./Relay.ts";

interface TraceRelayOptions {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish">;
  readonly guard: PeerGuard;
  readonly clock: Clock;
  readonly tracing: Tracing;
}

/** A separate topic, because peers that do not know it ignore it. Decides nothing. [NET-27] */
export class TraceRelay implements Relay {
  readonly servers = [];
  readonly topics: Relay["topics"];
  readonly #options: TraceRelayOptions;
  readonly #rate: TokenBucket;

  constructor(options: TraceRelayOptions) {
    this.#options = options;
    this.topics = [options.wire.topics.traces];
    this.#rate = new TokenBucket(TRACE_RATE, options.clock.nowMs());
  }

  stop(): void {}

  /** Call before publishing the transactions or blocks themselves. */
  announce(keys: Iterable<Hash>): void {
    const { tracing, transport, wire } = this.#options;
    const traces: Trace[] = [];
    for (const hash of keys) {
      const context = tracing.recall([hash]);
      if (context !== undefined) traces.push({ hash, traceId: context.traceId, spanId: context.spanId });
      if (traces.length === COUNT_LIMITS.traces) break;
    }
    const { id, codec } = wire.topics.traces;
    if (traces.length > 0) transport.publish(id, codec.encode({ traces }));
  }

  async judge(_topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict> {
    const { guard, wire } = this.#options;
    const { codec, name, cost } = wire.topics.traces;
    if (!guard.spend(from, name, cost(message))) return "ignore";
    try {
      const { traces } = codec.decode(message);
      return traces.filter((trace) => this.#learn(trace)).length > 0 ? "accept" : "ignore";
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      guard.report(from, "malformed", { topic: name, code: error.code });
      return "reject";
    }
  }

  /** Keeps the node's own contexts. */
  #learn({ hash, traceId, spanId }: Trace): boolean {
    const { tracing, clock } = this.#options;
    if (tracing.recall([hash]) !== undefined || !this.#rate.take(1, clock.nowMs())) return false;
    tracing.remember(hash, { traceId, spanId, isSampled: true });
    return true;
  }
}
