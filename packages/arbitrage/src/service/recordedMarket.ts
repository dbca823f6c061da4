import { join } from "node:path";
import type { Clock, Hex, Log } from "@trellis/base";
import { openRecordingFile, type PastMarket, recordMarket } from "../backtest/index.ts";
import type { ArbitrageEngine, EngineOptions } from "../engine/index.ts";

export interface RecordedMarket {
  readonly market: PastMarket["market"];
  readonly path: string;
  follow(engine: Pick<ArbitrageEngine, "watch">): void;
  close(): void;
}

export function recordedMarket(
  directory: string,
  market: PastMarket["market"],
  options: EngineOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): RecordedMarket {
  const { chainId, arbitrageur, executor, owner, isSimulated } = options;
  const madeAt = new Date(clock.nowMs()).toISOString().replaceAll(":", "-");
  const path = join(directory, `${chainId}-${madeAt}.jsonl.gz`);
  const file = openRecordingFile(path, (error) =>
    log.error("recording.ended", {
      error: error instanceof Error ? error : String(error),
      message: "The recording file could not be written. The engine continues without a recording.",
    }),
  );
  const session = { chainId, arbitrageur, executor, owner, isSimulated };
  const recorder = recordMarket(market, session, file.write);
  return {
    market: recorder.market,
    path,
    follow: (engine) => recorder.follow((address: Hex) => engine.watch()?.listensTo(address) ?? true),
    close() {
      recorder.finish();
      file.close();
    },
  };
}
