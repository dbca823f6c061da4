import { type LocalOutboxes, type Outboxes, ReceivedOutboxes } from "@trellis/chain";
import type { OutboxExchange, OutboxRequest } from "@trellis/protocol";

interface MachineOutboxesPorts {
  readonly local: LocalOutboxes;
  /** Over shard 0's network, while its node is up. */
  readonly request: (request: OutboxRequest) => void;
}

/** Messages that a machine has: of the shards that it follows, and from peers. [SHARD-21] */
export class MachineOutboxes implements OutboxExchange {
  readonly #queueMax: number;
  readonly #ports: MachineOutboxesPorts;
  /** By destination. */
  readonly #received = new Map<number, ReceivedOutboxes>();

  constructor(queueMax: number, ports: MachineOutboxesPorts) {
    this.#queueMax = queueMax;
    this.#ports = ports;
  }

  /** For the node of a shard. What peers sent is lost when it ends. */
  of(destination: number): Outboxes {
    const { local } = this.#ports;
    this.begin(destination);
    return {
      open: (source, record, place) =>
        local.open(source, record, place) ?? this.#received.get(destination)!.open(source, record, place),
    };
  }

  begin(destination: number): void {
    const { request: want } = this.#ports;
    this.#received.set(destination, new ReceivedOutboxes({ destination, queueMax: this.#queueMax, want }));
  }

  async rangeOf(request: OutboxRequest) {
    return this.#ports.local.rangeOf(request);
  }

  async take(...[request, range]: Parameters<OutboxExchange["take"]>): Promise<boolean> {
    return this.#received.get(request.destination)?.take(request, range) ?? true;
  }
}
