import type { Hex } from "@trellis/base";
import type { ChainBlock, ChainLog } from "@trellis/client";
import { RECORDING_FORMAT, type RecordedSession, type RecordingEntry } from "./entries.ts";
import type { EngineMarket } from "./Market.ts";
import { questionKey, simulationKey } from "./questionKey.ts";

export interface MarketRecorder {
  /** The same market; what the engine asks of it is written down with the answer. */
  readonly market: EngineMarket;
  /** Whose logs the engine listens to: of other contracts none are kept. */
  follow(isFollowed: (address: Hex) => boolean): void;
  /** Writes what was held back. */
  finish(): void;
}

/**
 * Keeps what an engine was told, in its order. Failures are not kept: the engine asks again. Logs of a block are held
 * back until the engine has seen it, since only then is it known which contracts it made the engine listen to.
 */
export function recordMarket(
  { client, blockLogs, simulator }: EngineMarket,
  session: Omit<RecordedSession, "format">,
  write: (entry: RecordingEntry) => void,
): MarketRecorder {
  let head: Hex | undefined;
  let listens: (address: Hex) => boolean = () => true;
  let heldBack: (readonly [Hex, readonly ChainLog[]])[] = [];
  write(["session", { format: RECORDING_FORMAT, ...session }]);

  function release(): void {
    for (const [hash, logs] of heldBack)
      write(["blockLogs", hash, logs.filter(({ address }) => listens(address)).map(onlyLog)]);
    heldBack = [];
  }

  function keepBlock(at: Parameters<typeof client.block>[0], block: ChainBlock | undefined): void {
    if (typeof at === "number") write(["block", at, block && onlyBlock(block)]);
    else if (at !== "latest") write(["final", block && onlyBlock(block)]);
    else if (block !== undefined && block.hash !== head) {
      release();
      head = block.hash;
      write(["head", onlyBlock(block)]);
    }
  }

  return {
    market: {
      client: {
        ...client,
        async block(at) {
          const block = await client.block(at);
          keepBlock(at, block);
          return block;
        },
        async call(to, data, blockHash) {
          const answer = await client.call(to, data, blockHash);
          write(["call", questionKey([to, data, blockHash]), answer]);
          return answer;
        },
        async logs(filter) {
          const logs = await client.logs(filter);
          write(["logs", questionKey([filter]), logs.map(onlyLog)]);
          return logs;
        },
        async suggestedTipWei() {
          const tip = await client.suggestedTipWei();
          write(["tip", tip]);
          return tip;
        },
      },
      async blockLogs(block) {
        const logs = await blockLogs(block);
        heldBack.push([block.hash, logs]);
        return logs;
      },
      simulator: {
        name: simulator.name,
        async simulate(input) {
          const result = await simulator.simulate(input);
          write(["simulation", simulationKey(input), result]);
          return result;
        },
      },
    },
    follow(isFollowed) {
      listens = isFollowed;
    },
    finish: release,
  };
}

/** Without what a client may hold beside. */
function onlyBlock({ height, hash, parentHash, timeSeconds, baseFeeWei }: ChainBlock): ChainBlock {
  return { height, hash, parentHash, timeSeconds, baseFeeWei };
}

function onlyLog({
  address,
  topics,
  data,
  block: { height, hash },
  transactionHash,
  logIndex,
}: ChainLog): ChainLog {
  return { address, topics: [...topics], data, block: { height, hash }, transactionHash, logIndex };
}
