import type { Log } from "@ethereumjs/evm";
import { bytesToHex } from "@trellis/base";
import type { LogEntry } from "@trellis/protocol";

export function logEntries(logs: readonly Log[]): LogEntry[] {
  return logs.map(([address, topics, data]) => ({
    address: bytesToHex(address),
    topics: topics.map(bytesToHex),
    data,
  }));
}
