import { protocolErrors } from "../errors.ts";
import type { RlpReader } from "../rlp/RlpReader.ts";
import type { Hash } from "../words.ts";
import { logsBloom } from "./bloom.ts";
import type { LogEntry, Receipt } from "./Receipt.ts";

export type Guard = <T>(read: () => T) => T;

const TOPICS_MAX = 4;
const unguarded: Guard = (read) => read();

export class StoredLogs {
  readonly #list: RlpReader;
  readonly #guard: Guard;

  constructor(list: RlpReader, guard: Guard = unguarded) {
    this.#list = list;
    this.#guard = guard;
  }

  get byteLength(): number {
    return this.#list.byteLength;
  }

  count(): number {
    return this.#guard(() => {
      const list = this.#list.again();
      let count = 0;
      for (; !list.isDone; count++) list.skip("log");
      return count;
    });
  }

  *each(): Iterable<LogEntry> {
    const list = this.#list.again();
    while (!list.isDone) yield this.#guard(() => readLog(list));
  }
}

const storedLogs = new WeakMap<Receipt, StoredLogs>();

export function withStoredLogs(fields: Omit<Receipt, "logs" | "logsBloom">, stored: StoredLogs): Receipt {
  const receipt: Receipt = {
    ...fields,
    get logsBloom() {
      return logsBloom(stored.each());
    },
    get logs() {
      return [...stored.each()];
    },
  };
  storedLogs.set(receipt, stored);
  return receipt;
}

export function countLogs(receipt: Receipt): number {
  return storedLogs.get(receipt)?.count() ?? receipt.logs.length;
}

export function eachLog(receipt: Receipt): Iterable<LogEntry> {
  return storedLogs.get(receipt)?.each() ?? receipt.logs;
}

/** Undefined if the receipt was not read from a store. */
export function storedLogBytes(receipt: Receipt): number | undefined {
  return storedLogs.get(receipt)?.byteLength;
}

function readLog(list: RlpReader): LogEntry {
  const log = list.readList("log");
  const address = log.readAddress("log address");
  const topics = readTopics(log.readList("log topics"));
  const data = log.readBytes("log data").slice();
  log.finish("log");
  return { address, topics, data };
}

function readTopics(list: RlpReader): Hash[] {
  const topics: Hash[] = [];
  while (!list.isDone) {
    if (topics.length === TOPICS_MAX) {
      throw protocolErrors.RLP_INVALID({
        reason: "too many items",
        field: "log topics",
        countMax: TOPICS_MAX,
      });
    }
    topics.push(list.readHash("log topic"));
  }
  return topics;
}
