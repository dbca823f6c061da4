import type { Counter } from "@trellis/base";
import { networkMetrics } from "../metrics.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import type { Transport, TransportHandlers } from "../transport/Transport.ts";
import type { Wire } from "../wire/index.ts";
import { decorate } from "./decorate.ts";

type Count = (direction: "received" | "sent", id: string, message: Uint8Array) => void;

/** Counts messages by protocol, and takes the time of hellos. */
export function measureMessages(
  transport: Transport,
  wire: Wire,
  { metrics, clock }: Pick<NetworkPorts, "metrics" | "clock">,
): Transport {
  const count = countMessages(wire, {
    messages: metrics.counter(networkMetrics.trellis_network_messages_total),
    bytes: metrics.counter(networkMetrics.trellis_network_message_bytes_total),
  });
  const latency = metrics.histogram(networkMetrics.trellis_peer_latency_seconds);
  return decorate(transport, {
    start: (handlers, ...served) => transport.start(measuredHandlers(handlers, count), ...served),
    async request(peer, protocol, request, options) {
      count("sent", protocol, request);
      const sentMs = clock.nowMs();
      const answer = await transport.request(peer, protocol, request, options);
      if (protocol === wire.protocols.hello.id) latency.observe((clock.nowMs() - sentMs) / 1_000);
      count("received", protocol, answer);
      return answer;
    },
    publish(topic, message, to) {
      count("sent", topic, message);
      transport.publish(topic, message, to);
    },
  });
}

interface MessageCounters {
  readonly messages: Counter<"protocol" | "direction">;
  readonly bytes: Counter<"protocol" | "direction">;
}

function countMessages({ protocols, topics }: Wire, { messages, bytes }: MessageCounters): Count {
  const names = new Map([
    ...Object.values(protocols).map(({ id, name }) => [id, name] as const),
    ...Object.values(topics).map(({ id, name }) => [id, `gossip-${name}`] as const),
  ]);
  return (direction, id, message) => {
    const labels = { protocol: names.get(id) ?? "unknown", direction };
    messages.add(1, labels);
    bytes.add(message.length, labels);
  };
}

function measuredHandlers(handlers: TransportHandlers, count: Count): TransportHandlers {
  return {
    ...handlers,
    async answer(peer, protocol, request) {
      count("received", protocol, request);
      const answer = await handlers.answer(peer, protocol, request);
      count("sent", protocol, answer);
      return answer;
    },
    judge(topic, message, from) {
      count("received", topic, message);
      return handlers.judge(topic, message, from);
    },
  };
}
