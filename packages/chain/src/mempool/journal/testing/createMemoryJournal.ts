import type { Journal } from "../Journal.ts";

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
