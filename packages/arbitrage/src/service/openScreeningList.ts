import type { Hex, Log } from "@trellis/base";
import { readScreeningFile } from "./readScreeningFile.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

type FileSetting = Pick<ArbitrageServiceSettings, "screeningFile">;

/** Who tells of reloads: live settings. */
interface Reloads {
  onReload(prepare: (latest: FileSetting) => Promise<() => void>, when: "always"): unknown;
}

export interface ScreeningList {
  /** Addresses that the file denied when it was read last. */
  denied(): ReadonlySet<Hex>;
  /**
   * Reads the file again at each reload, its settings changed or not. One that is not understood is refused as a
   * whole, and the reload with it: the list from before goes on.
   * @param changed hears of a new list
   */
  follow(live: Reloads, changed: () => void): void;
}

/** @throws ARBITRAGE_SCREENING_UNREADABLE */
export async function openScreeningList({ screeningFile }: FileSetting, log: Log): Promise<ScreeningList> {
  let denied = await readScreeningFile(screeningFile);
  return {
    denied: () => denied,
    follow(live, changed) {
      live.onReload(async (latest) => {
        const next = await readScreeningFile(latest.screeningFile);
        return () => {
          const before = denied;
          denied = next;
          const added = [...next].filter((address) => !before.has(address)).length;
          const removed = before.size + added - next.size;
          if (latest.screeningFile !== "")
            log.info("screening file read", { addresses: next.size, added, removed });
          changed();
        };
      }, "always");
    },
  };
}
