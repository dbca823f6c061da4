import { hasNoCode } from "./accounts";
import { FAULT_CODE, raiseFault } from "./fault";
import { frameCount } from "./frames";
import { hostCodeLength, hostLoadCode } from "./host";
import {
  CODE_BYTES,
  CODE_BYTES_END,
  CODE_ENTRY_SIZE,
  CODE_INDEX,
  CODES,
  CODES_END,
  FRAME_SIZE,
  FRAMES,
} from "./layout";
import {
  A_CODE,
  A_CODE_EPOCH,
  A_CODE_HASH,
  C_BYTES,
  C_HASH,
  C_HEAT,
  C_JUMPS,
  C_LENGTH,
  F_CODE,
} from "./records";
import { hashLimbs } from "./tableHash";
import { bitmapSize } from "./jumpDestinations";
import { copyWord, equal } from "./words";

// A code's jump destination bitmap follows its bytes. Between transactions, a half-full table is cleared, and
// bytes above BYTES_KEPT are evicted.

let epoch: u32 = 1;
let end: usize = 0;
let bytesEnd: usize = 0;
let mask: u32 = 0;

const FIRST_MASK: u32 = 1023;
const PADDING: u32 = 40;
const BYTES_KEPT: usize = 64 << 20;

export function clearCodes(): void {
  const used = mask == 0 ? FIRST_MASK : mask;
  memory.fill(CODE_INDEX, 0, (<usize>used + 1) << 2);
  mask = FIRST_MASK;
  epoch++;
  bytesEnd = CODE_BYTES;
  // Entry 0 is the empty code; it is not indexed.
  memory.fill(CODES, 0, CODE_ENTRY_SIZE);
  store<u32>(CODES, <u32>CODE_BYTES, C_BYTES);
  end = CODES + CODE_ENTRY_SIZE;
}

/** Call only between messages. */
export function forgetCompiled(): void {
  for (let entry = CODES; entry < end; entry += CODE_ENTRY_SIZE) store<u64>(entry, 0, C_HEAT);
}

export function trimCodes(): void {
  if ((end - CODES) * 2 > CODES_END - CODES) clearCodes();
  else if (bytesEnd - CODE_BYTES > BYTES_KEPT) evictBytes();
}

@inline
export function isCached(entry: usize): bool {
  return entry >= CODES && entry < CODES_END;
}

export function bitmapOf(entry: usize): usize {
  return isCached(entry) ? <usize>load<u32>(entry, C_BYTES) + paddedSize(load<u32>(entry, C_LENGTH)) : 0;
}

@inline
function paddedSize(length: usize): usize {
  return (length + PADDING + 7) & ~7;
}

@inline
function sizeOf(length: usize): usize {
  return paddedSize(length) + bitmapSize(length);
}

/** The bytes may be evicted: call `needBytes`. */
export function codeOf(account: usize): usize {
  if (load<u32>(account, A_CODE_EPOCH) == epoch) return load<u32>(account, A_CODE);
  const entry = hasNoCode(account) ? CODES : findCode(account + A_CODE_HASH);
  store<u32>(account, epoch, A_CODE_EPOCH);
  store<u32>(account, <u32>entry, A_CODE);
  return entry;
}

function findCode(hash: usize): usize {
  let i = codeHashIndex(hash);
  while (true) {
    const entry: usize = load<u32>(CODE_INDEX + ((<usize>i) << 2));
    if (entry == 0) break;
    if (equal(entry + C_HASH, hash)) return entry;
    i = (i + 1) & mask;
  }
  const entry = end;
  if (entry + 2 * CODE_ENTRY_SIZE > CODES_END) raiseFault(FAULT_CODE);
  else {
    end = entry + CODE_ENTRY_SIZE;
    store<u32>(CODE_INDEX + ((<usize>i) << 2), <u32>entry);
  }
  memory.fill(entry, 0, CODE_ENTRY_SIZE);
  copyWord(entry + C_HASH, hash);
  store<u32>(entry, hostCodeLength(hash), C_LENGTH);
  if (((end - CODES) / CODE_ENTRY_SIZE) * 2 > <usize>mask) growIndex();
  return entry;
}

@inline
function codeHashIndex(hash: usize): u32 {
  return hashLimbs(load<u64>(hash), load<u64>(hash, 8), load<u64>(hash, 16), load<u64>(hash, 24)) & mask;
}

function growIndex(): void {
  mask = mask * 2 + 1;
  memory.fill(CODE_INDEX, 0, (<usize>mask + 1) << 2);
  for (let entry = CODES + CODE_ENTRY_SIZE; entry < end; entry += CODE_ENTRY_SIZE) {
    let i = codeHashIndex(entry + C_HASH);
    while (load<u32>(CODE_INDEX + ((<usize>i) << 2))) i = (i + 1) & mask;
    store<u32>(CODE_INDEX + ((<usize>i) << 2), <u32>entry);
  }
}

export function needBytes(entry: usize): void {
  if (load<u32>(entry, C_BYTES) != 0) return;
  const length = load<u32>(entry, C_LENGTH);
  const size = sizeOf(length);
  if (bytesEnd + size > CODE_BYTES_END) evictBytes();
  if (bytesEnd + size > CODE_BYTES_END) {
    // The fault discards the transaction.
    raiseFault(FAULT_CODE);
    store<u32>(entry, 0, C_LENGTH);
    store<u32>(entry, <u32>CODE_BYTES, C_BYTES);
    return;
  }
  hostLoadCode(entry + C_HASH, bytesEnd);
  memory.fill(bytesEnd + length, 0, size - length);
  store<u32>(entry, <u32>bytesEnd, C_BYTES);
  bytesEnd += size;
}

/** Moves code of active frames down, in address order. */
function evictBytes(): void {
  let to = CODE_BYTES;
  let above = CODE_BYTES;
  while (true) {
    const entry = lowestInFrames(above);
    if (entry == 0) break;
    const from: usize = load<u32>(entry, C_BYTES);
    const size = sizeOf(load<u32>(entry, C_LENGTH));
    memory.copy(to, from, size);
    if (load<u32>(entry, C_JUMPS)) store<u32>(entry, load<u32>(entry, C_JUMPS) - <u32>(from - to), C_JUMPS);
    // An odd address marks bytes to keep.
    store<u32>(entry, <u32>to | 1, C_BYTES);
    to += size;
    above = from + size;
  }
  for (let entry = CODES + CODE_ENTRY_SIZE; entry < end; entry += CODE_ENTRY_SIZE) {
    const bytes = load<u32>(entry, C_BYTES);
    store<u32>(entry, bytes & 1 ? bytes - 1 : 0, C_BYTES);
    if ((bytes & 1) == 0) store<u32>(entry, 0, C_JUMPS);
  }
  bytesEnd = to;
}

/** Returns 0 if no frame has bytes at `above` or higher. */
function lowestInFrames(above: usize): usize {
  let best: usize = 0;
  let bestBytes: usize = CODE_BYTES_END;
  for (let i: u32 = 0; i < frameCount; i++) {
    const entry: usize = load<u32>(FRAMES + <usize>i * FRAME_SIZE, F_CODE);
    const isEvictable = entry > CODES && entry < CODES_END;
    const bytes: usize = load<u32>(entry, C_BYTES);
    if (!isEvictable || bytes & 1 || bytes < above || bytes >= bestBytes) continue;
    best = entry;
    bestBytes = bytes;
  }
  return best;
}

