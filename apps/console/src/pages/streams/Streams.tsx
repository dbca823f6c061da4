import { useQuery } from "@tanstack/react-query";
import { StreamShape } from "../../dag/Legend.tsx";
import { coinsText, countText } from "../../format/units.ts";
import type { ChainBlockJson, StreamJson } from "../../live/chainTypes.ts";
import type { DagBlockJson } from "../../live/DagBlock.ts";
import { node, useLiveRpc } from "../../live/node.ts";
import { Card, Fact, Facts } from "../../ui/primitives.tsx";
import { Answered } from "../../ui/states.tsx";
import { Meter } from "../validators/Meter.tsx";
import { difficultyOfBits } from "./difficultyOfBits.ts";
import { Sparkline } from "./Sparkline.tsx";

const SCORES = 500;

export function Streams() {
  const streams = useLiveRpc<readonly StreamJson[]>("trellis_getStreams");
  const blocks = useNewestBlocks();
  return (
    <>
      <h1>Proof-of-work streams</h1>
      <p className="soft">
        The blocks of all streams form one DAG. Each stream has its own algorithm and difficulty, and its own
        symbol in the DAG view.
      </p>
      <Answered query={streams} what="Loading streams">
        {(rows) => (
          <div className="columns">
            {rows.map((stream, index) => (
              <Stream
                key={stream.name}
                stream={stream}
                ofBlocks={rows.reduce((sum, row) => sum + row.recentBlocks, 0)}
                index={index}
                blocks={(blocks ?? []).filter((block) => block.stream === index)}
              />
            ))}
          </div>
        )}
      </Answered>
    </>
  );
}

interface MinedBlock {
  readonly stream: number;
  readonly timestampMs: number;
  readonly difficulty: number;
}

function useNewestBlocks(): readonly MinedBlock[] | undefined {
  return useQuery({
    queryKey: ["live", "streamBlocks"],
    queryFn: async (): Promise<readonly MinedBlock[]> => {
      const head = await node.request<ChainBlockJson>("trellis_getChainBlock", ["latest"]);
      const top = Number(head.blueScore);
      const range = [Math.max(0, top - SCORES), top].map((score) => `0x${score.toString(16)}`);
      const blocks = await node.request<readonly (DagBlockJson & { readonly bits: string })[]>(
        "trellis_getDag",
        range,
      );
      return blocks
        .filter(({ blueScore }) => Number(blueScore) > 0)
        .map(({ stream, timestampMs, bits }) => ({
          stream,
          timestampMs: Number(timestampMs),
          difficulty: difficultyOfBits(Number(bits)),
        }));
    },
  }).data;
}

function Stream({
  stream: { name, algorithm, difficulty, targetIntervalMs, subsidyWei, recentBlocks },
  ofBlocks,
  index,
  blocks,
}: {
  readonly stream: StreamJson;
  readonly ofBlocks: number;
  readonly index: number;
  readonly blocks: readonly MinedBlock[];
}) {
  const pace = paceOf(blocks);
  return (
    <Card
      title={name}
      aside={
        <span>
          <StreamShape stream={index} /> {algorithm}
        </span>
      }
    >
      <Sparkline
        label={`Difficulty of ${name} over its newest ${blocks.length} blocks`}
        values={blocks.map((block) => block.difficulty)}
      />
      <Facts>
        <Fact name="Difficulty">{countText(BigInt(difficulty))} hashes per block</Fact>
        <Fact name="Block interval">
          {pace === undefined ? "unknown" : `${secondsText(pace)} on average`}, target{" "}
          {secondsText(targetIntervalMs)}
        </Fact>
        <Fact name="Hashrate">
          {pace === undefined ? "unknown" : `${countText(hashRate(BigInt(difficulty), pace))} H/s, estimated`}
        </Fact>
        <Fact name="Share of blocks">
          <Meter part={recentBlocks} whole={ofBlocks} />
        </Fact>
        <Fact name="Reward">{coinsText(BigInt(subsidyWei))} per block, plus fees</Fact>
      </Facts>
    </Card>
  );
}

function paceOf(blocks: readonly MinedBlock[]): number | undefined {
  if (blocks.length < 2) return undefined;
  const times = blocks.map(({ timestampMs }) => timestampMs);
  const span = Math.max(...times) - Math.min(...times);
  return span === 0 ? undefined : span / (blocks.length - 1);
}

function hashRate(difficulty: bigint, paceMs: number): bigint {
  return (difficulty * 1_000n) / BigInt(Math.max(1, Math.round(paceMs)));
}

function secondsText(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s`;
}
