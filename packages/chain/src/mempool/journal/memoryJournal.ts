import type { Journal } from "./Journal.ts";

/** A journal that lives as long as the process: for tests, the simulator and ephemeral nodes. */
export function createMemoryJournal(): Journal {
  let records: Uint8Array[] = [];
  return {
    append: (encoded) => {
      records.push(encoded.slice());
    },
    load: () => records.map((record) => record.slice()),
    rewrite: (encoded) => {
      records = encoded.map((record) => record.slice());
    },
  };
}
