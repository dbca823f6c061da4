import type { ChainControl } from "@trellis/chain";
import type { Producer, ProducerPace } from "@trellis/mining";
import type { ChainView, PoolView } from "@trellis/protocol";
import type { DevCommands } from "@trellis/rpc";

interface DevPorts {
  readonly control: ChainControl;
  readonly producer: Producer;
  readonly view: Pick<ChainView, "head">;
  readonly pool: PoolView & { drop(transactions: Iterable<`0x${string}`>): number };
}

/** @param pace until the first command, which ends empty blocks after idle time [RPC-28] */
export function createDevCommands(pace: ProducerPace, ports: DevPorts): DevCommands {
  const { control, producer, view, pool } = ports;
  let isAutomine = pace.kind === "instant";
  let intervalMs = pace.kind === "interval" ? pace.intervalMs : 0;
  let isChanged = false;
  const setPace = (): void => {
    isChanged = true;
    producer.setPace(paceOf(isAutomine, intervalMs));
  };
  const begin = (): void => {
    control.begin();
    if (!isChanged) setPace();
  };
  if (control.hasBegun) begin();
  return {
    nowMs: () => control.nowMs(),
    get miner() {
      return control.settings.miner;
    },
    get isAutomine() {
      return isAutomine;
    },
    setAutomine(isOn) {
      isAutomine = isOn;
      begin();
      setPace();
    },
    setIntervalMs(ms) {
      intervalMs = ms;
      begin();
      setPace();
    },
    advance(addedMs) {
      begin();
      control.advance(addedMs);
      return control.offsetMs;
    },
    set(settings) {
      begin();
      control.set(settings);
    },
    async mine(count, gapMs) {
      begin();
      for (let made = 0; made < count; made++) {
        if (made > 0 && gapMs > 0) control.set({ timestampMs: view.head().timestamp * 1_000 + gapMs });
        await producer.produce();
      }
    },
    async override(accounts) {
      begin();
      await producer.produce(accounts);
    },
    snapshot() {
      begin();
      return producer.exclusively(() => control.snapshot());
    },
    revert(id) {
      begin();
      return producer.exclusively(() => control.revert(id));
    },
    drop: (transactions) => pool.drop(transactions),
  };
}

function paceOf(isAutomine: boolean, intervalMs: number): ProducerPace {
  if (isAutomine) return intervalMs === 0 ? { kind: "instant" } : { kind: "instant", idleMs: intervalMs };
  return intervalMs === 0 ? { kind: "manual" } : { kind: "interval", intervalMs };
}
