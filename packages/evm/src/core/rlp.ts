// Yellow paper, appendix B. The chain has already decoded the input.

export let payload: usize = 0;
export let payloadLength: u32 = 0;
export let isList: bool = false;
export let cursor: usize = 0;
let limit: usize = 0;
export let isMalformed: bool = false;

export function openRlp(from: usize, end: usize): void {
  cursor = from;
  limit = end;
  isMalformed = false;
}

/** Returns the argument of `leaveList`. */
export function enterList(): u64 {
  const outer = (<u64>cursor << 32) | <u64>limit;
  cursor = payload;
  limit = payload + payloadLength;
  return outer;
}

export function leaveList(outer: u64): void {
  cursor = <usize>(outer >> 32);
  limit = <usize>outer;
}

export function hasMore(): bool {
  return cursor < limit;
}

export function reject(): void {
  isMalformed = true;
  cursor = limit;
  payloadLength = 0;
}

export function readItem(): void {
  if (cursor >= limit) {
    reject();
    return;
  }
  const first: u32 = load<u8>(cursor);
  isList = first >= 0xc0;
  if (first < 0x80) {
    payload = cursor;
    payloadLength = 1;
    cursor++;
    return;
  }
  const base: u32 = isList ? 0xc0 : 0x80;
  const short = first - base;
  let at = cursor + 1;
  let length: u64 = short;
  if (short > 55) {
    const lengthBytes: usize = short - 55;
    length = 0;
    if (lengthBytes > 4 || at + lengthBytes > limit) {
      reject();
      return;
    }
    for (let i: usize = 0; i < lengthBytes; i++) length = (length << 8) | load<u8>(at + i);
    at += lengthBytes;
    if (length < 56) {
      reject();
      return;
    }
  }
  if (<u64>at + length > <u64>limit) {
    reject();
    return;
  }
  payload = at;
  payloadLength = <u32>length;
  cursor = at + <usize>length;
}

export function readWord(out: usize): void {
  readItem();
  store<u64>(out, 0);
  store<u64>(out, 0, 8);
  store<u64>(out, 0, 16);
  store<u64>(out, 0, 24);
  if (isList || payloadLength > 32 || (payloadLength > 0 && load<u8>(payload) == 0)) {
    reject();
    return;
  }
  for (let i: usize = 0; i < <usize>payloadLength; i++) {
    store<u8>(out + i, load<u8>(payload + <usize>payloadLength - 1 - i));
  }
}

export function readU64(): u64 {
  readItem();
  let value: u64 = 0;
  if (isList || payloadLength > 8 || (payloadLength > 0 && load<u8>(payload) == 0)) reject();
  else for (let i: usize = 0; i < <usize>payloadLength; i++) value = (value << 8) | load<u8>(payload + i);
  return value;
}
