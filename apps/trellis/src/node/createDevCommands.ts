import { bytesToHex, type Random } from "@trellis/base";
import type { ChainControl } from "@trellis/chain";
import {
  GOVERNOR_ADDRESS,
  KEY_REGISTRY_ADDRESS,
  PARAMETERS_ADDRESS,
  STAKING_ADDRESS,
  TIMELOCK_ADDRESS,
} from "@trellis/contracts";
import { cheapestStream, type Producer, type ProducerPace } from "@trellis/mining";
import type { Address, ChainView, PoolView } from "@trellis/protocol";
import type { DevCommands, SeriesRequest } from "@trellis/rpc";

const SYSTEM_CONTRACTS: ReadonlySet<Address> = new Set([
  GOVERNOR_ADDRESS,
  KEY_REGISTRY_ADDRESS,
  PARAMETERS_ADDRESS,
  STAKING_ADDRESS,
  TIMELOCK_ADDRESS,
]);

interface DevPorts {
  readonly control: ChainControl;
  readonly producer: Producer;
  readonly view: Pick<ChainView, "head" | "parameters">;
  readonly random: Random;
  readonly pool: PoolView & { drop(transactions: Iterable<`0x${string}`>): number };
  readonly readAhead: DevCommands["readAhead"];
}

/** @param pace until the first command, which ends empty blocks after idle time, and turns of streams [RPC-28] */
export function createDevCommands(pace: ProducerPace, ports: DevPorts): DevCommands {
  const { control, producer, pool, random, readAhead } = ports;
  const paces = controlPace(pace, ports);
  const { begin } = paces;
  const exclusively = <Result>(run: () => Promise<Result>): Promise<Result> => {
    begin();
    return producer.exclusively(run);
  };
  return {
    instanceId: bytesToHex(random.bytes(32)),
    systemContracts: SYSTEM_CONTRACTS,
    nowMs: () => control.nowMs(),
    allowsEqualTimes: control.allowsEqualTimes,
    nextTimestamp: () => control.nextTimestamp(),
    get miner() {
      return control.settings.miner;
    },
    get isAutomine() {
      return paces.current().isAutomine;
    },
    get intervalMs() {
      return paces.current().intervalMs;
    },
    setAutomine: (isAutomine) => paces.change({ ...paces.current(), isAutomine }),
    setIntervalMs: (intervalMs) => paces.change({ ...paces.current(), intervalMs }),
    advance(addedMs) {
      begin();
      control.advance(addedMs);
      return control.offsetMs;
    },
    set(settings) {
      begin();
      control.set(settings);
    },
    mine(request) {
      begin();
      return producer.produceSeries(request.count, seriesOf(ports, request));
    },
    readAhead,
    async override(accounts, isOver) {
      begin();
      await readAhead(accounts, isOver);
      await producer.produceSeries(1, { override: accounts, isOver });
    },
    accounts: () => control.accounts(),
    snapshot: () => exclusively(() => control.snapshot()),
    revert: (id) => exclusively(() => control.revert(id)),
    async reset() {
      const isDone = await exclusively(() => control.reset());
      if (isDone) paces.change(paces.first);
      return isDone;
    },
    drop: (transactions) => pool.drop(transactions),
  };
}

function controlPace(pace: ProducerPace, { control, producer, view }: DevPorts) {
  const first = settingsOf(pace);
  let current = first;
  let isChanged = false;
  const setPace = (): void => {
    isChanged = true;
    producer.setPace(paceOf(current.isAutomine, current.intervalMs));
  };
  const begin = (): void => {
    control.begin();
    if (isChanged) return;
    setPace();
    producer.setStreams([cheapestStream(view.parameters.streams)]);
  };
  const change = (to: typeof first): void => {
    current = to;
    begin();
    setPace();
  };
  if (control.hasBegun) begin();
  return { first, current: () => current, begin, change };
}

function seriesOf(
  { control, view }: Pick<DevPorts, "control" | "view">,
  { intervalMs, timestampMs: firstMs, isOver }: SeriesRequest,
): { before(made: number): void; isOver(): boolean } {
  const before = (made: number): void => {
    const nextMs = intervalMs > 0 ? view.head().timestamp * 1_000 + intervalMs : undefined;
    const timestampMs = made === 0 ? firstMs : nextMs;
    if (timestampMs !== undefined) control.set({ timestampMs });
  };
  return { before, isOver };
}

function settingsOf(pace: ProducerPace): { readonly isAutomine: boolean; readonly intervalMs: number } {
  return {
    isAutomine: pace.kind === "instant",
    intervalMs: pace.kind === "interval" ? pace.intervalMs : 0,
  };
}

function paceOf(isAutomine: boolean, intervalMs: number): ProducerPace {
  if (isAutomine) return intervalMs === 0 ? { kind: "instant" } : { kind: "instant", idleMs: intervalMs };
  return intervalMs === 0 ? { kind: "manual" } : { kind: "interval", intervalMs };
}
