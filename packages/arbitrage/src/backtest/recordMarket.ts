import type { Hex } from "@trellis/base";
import type { ChainBlock, ChainClient, ChainLog } from "@trellis/client";
import { RECORDING_FORMAT, type RecordedSession, type RecordingEntry } from "./entries.ts";
import type { EngineMarket } from "./Market.ts";
import { questionKey, simulationKey } from "./questionKey.ts";

export interface MarketRecorder {
  readonly market: EngineMarket;
  follow(isFollowed: (address: Hex) => boolean): void;
  finish(): void;
}

type Write = (entry: RecordingEntry) => void;

/**
 * Records only successful answers. Buffers logs until their block is processed and the followed contracts are
 * known.
 */
export function recordMarket(
  { client, blockLogs, simulator }: EngineMarket,
  session: Omit<RecordedSession, "format">,
  write: Write,
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

  function writeHead(block: ChainBlock): void {
    if (block.hash === head) return;
    release();
    head = block.hash;
    write(["head", onlyBlock(block)]);
  }

  return {
    market: {
      client: recordClient(client, write, writeHead),
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

function recordClient(
  client: ChainClient,
  write: Write,
  writeHead: (block: ChainBlock) => void,
): ChainClient {
  return {
    ...client,
    async block(at) {
      const block = await client.block(at);
      if (typeof at === "number") write(["block", at, block && onlyBlock(block)]);
      else if (at !== "latest") write(["final", block && onlyBlock(block)]);
      else if (block !== undefined) writeHead(block);
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
  };
}

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
