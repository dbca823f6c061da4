import type { Metrics } from "@trellis/base";
import { type BlockMessage, blockMessages, readGateway, readInbox, readOutbox } from "@trellis/contracts";
import type { ChainBlock, ChainEvent, ChainView } from "@trellis/protocol";
import { chainMetrics } from "../metrics.ts";

type View = Pick<ChainView, "head" | "parameters" | "stateAt">;

/** Undefined with one shard. */
export function measureMessages(metrics: Metrics, view: View): ((event: ChainEvent) => void) | undefined {
  const { sharding } = view.parameters;
  if (sharding === undefined) return undefined;
  const sent = metrics.counter(chainMetrics.trellis_shard_messages_sent_total);
  const delivered = metrics.counter(chainMetrics.trellis_shard_messages_delivered_total);
  const waiting = metrics.gauge(chainMetrics.trellis_shard_messages_waiting);
  const due = metrics.gauge(chainMetrics.trellis_shard_messages_due);
  const seconds = metrics.histogram(chainMetrics.trellis_shard_delivery_seconds);
  const own = view.head().header.shard;
  const others = Array.from({ length: sharding.count }, (_, shard) => shard).filter((shard) => shard !== own);
  const lifetime = readGateway(view.stateAt(view.head().hash)).lifetimeSeconds;

  const setQueues = (): void => {
    const state = view.stateAt(view.head().hash);
    for (const shard of others) {
      const outbox = readOutbox(state, shard);
      const inbox = readInbox(state, shard);
      waiting.set(outbox.sent - outbox.acknowledged, { destination: String(shard) });
      due.set(inbox.known - inbox.next, { source: String(shard) });
    }
  };
  const count = ({ timestamp }: ChainBlock, { message, outcome }: BlockMessage): void => {
    const source = String(message.source);
    if (outcome === undefined) {
      sent.add(1, { destination: String(message.destination) });
      return;
    }
    delivered.add(1, { source, outcome });
    // Refunds name no time.
    if (message.kind === "call")
      seconds.observe(Math.max(0, timestamp - (message.expiry - lifetime)), { source });
  };
  setQueues();
  return (event) => {
    if (event.kind === "finalized") setQueues();
    if (event.kind !== "added") return;
    for (const found of blockMessages(event.block)) if (found !== undefined) count(event.block, found);
  };
}
