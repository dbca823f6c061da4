import type { Hex, Log } from "@trellis/base";
import { readScreeningFile } from "./readScreeningFile.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

interface FileSetting {
  readonly screening: Pick<ArbitrageServiceSettings["screening"], "file">;
}

interface Reloads {
  onReload(prepare: (latest: FileSetting) => Promise<() => void>, when: "always"): unknown;
}

export interface ScreeningList {
  denied(): ReadonlySet<Hex>;
  /** An invalid file rejects the reload. */
  follow(live: Reloads, changed: () => void): void;
}

export async function openScreeningList(
  { screening: { file } }: FileSetting,
  log: Log,
): Promise<ScreeningList> {
  let denied = await readScreeningFile(file);
  return {
    denied: () => denied,
    follow(live, changed) {
      live.onReload(async (latest) => {
        const next = await readScreeningFile(latest.screening.file);
        return () => {
          const before = denied;
          denied = next;
          const added = [...next].filter((address) => !before.has(address)).length;
          const removed = before.size + added - next.size;
          if (latest.screening.file !== "")
            log.info("screeningList.loaded", { addresses: next.size, added, removed });
          changed();
        };
      }, "always");
    },
  };
}
