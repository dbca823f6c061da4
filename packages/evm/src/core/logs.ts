import { clearBlockBloom } from "./bloom";
import { FAULT_LOGS, raiseFault } from "./fault";
import { LOGS, LOGS_END } from "./layout";
import { addressToBytes, reverseWord } from "./words";

// u32 total size, topic count, data length; 20 bytes of address, topics (32 bytes each), data, padding to 8.

const HEADER: usize = 32;

export let logsEnd: usize = 0;
export let logCount: u32 = 0;

export function clearLogs(): void {
  logsEnd = LOGS;
  logCount = 0;
  clearBlockBloom();
}

export function truncateLogs(end: usize, count: u32): void {
  logsEnd = end;
  logCount = count;
}

/** Topics are on the operand stack below `topics`, the first one on top. */
export function appendLog(address: usize, topics: usize, topicCount: u32, data: usize, length: u32): void {
  const size = (HEADER + <usize>topicCount * 32 + length + 7) & ~7;
  if (size > LOGS_END - logsEnd) {
    raiseFault(FAULT_LOGS);
    return;
  }
  const log = logsEnd;
  store<u32>(log, <u32>size);
  store<u32>(log, topicCount, 4);
  store<u32>(log, length, 8);
  addressToBytes(log + 12, address);
  let to = log + HEADER;
  for (let i: u32 = 0; i < topicCount; i++) {
    topics -= 32;
    reverseWord(to, topics);
    to += 32;
  }
  memory.copy(to, data, length);
  logsEnd = log + size;
  logCount++;
}
