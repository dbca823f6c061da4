/**
 * Linear memory. `placeRegions` places the regions after `REGIONS`, with sizes chosen by the host. Operand words are 32
 * bytes, little-endian; an address is a word with 12 upper zero bytes. Values for the host are big-endian.
 *
 *     0x0000  never used, so that 0 can mean "none"
 *     0x0100  exchange with the host     0x0200  block and transaction words
 *     0x0400  message                    0x0600  result and its bloom
 *     0x0800  arithmetic scratch         0x0a00  keccak state      0x0b00  scratch words
 *     0x0e00  bloom of the block         0x1000  opcode table      0x2000  bloom memo
 *     0x1a000 block hashes               0x1d000 page of zeros     0x20000 keccak memo
 *     0xa0000 constants of the compiler (tools/src/buildEvm.ts)
 *     0xa1000 regions: frames, operand stack, accounts, slots, transient slots, their indexes,
 *             code entries, code bytes, translated code, journal, logs, return data, input, destinations of compiled code,
 *             memos of creations and of hashes, EVM memory
 */

export const HOST_SLOT: usize = 0x0120;
export const HOST_VALUE: usize = 0x0140;
/** u32: precompile output length */
export const HOST_LENGTH: usize = 0x0160;

/** u64: bit n is set if address n is a precompile; bit 63 is for address 0x100. */
export const PRECOMPILES: usize = 0x0168;

/** Four u64: gas to verify a key-agile signature, by algorithm number. */
export const KEY_GAS: usize = 0x01c0;
/** u32: bits RULE_…, of the block's fork. */
export const RULES: usize = 0x01e0;
export const RULE_CALLDATA_FLOOR: u32 = 1;
export const RULE_SET_CODE: u32 = 2;
export const RULE_COUNT_LEADING_ZEROS: u32 = 4;
/** EIP-7823. */
export const RULE_MODEXP_LIMIT: u32 = 8;
/** EIP-7883. */
export const RULE_MODEXP_PRICE: u32 = 16;
/** u32 */
export const BLOBS_MAX: usize = 0x01e4;
/** u64: gas limit of a transaction. */
export const TRANSACTION_GAS_MAX: usize = 0x01e8;
export const HOST_WORDS: usize = 0x0180;

export const COINBASE: usize = 0x0200;
export const TIMESTAMP: usize = 0x0220;
export const NUMBER: usize = 0x0240;
export const PREVRANDAO: usize = 0x0260;
export const GAS_LIMIT: usize = 0x0280;
export const CHAIN_ID: usize = 0x02a0;
export const BASE_FEE: usize = 0x02c0;
export const BLOB_BASE_FEE: usize = 0x02e0;
export const ORIGIN: usize = 0x0300;
export const GAS_PRICE: usize = 0x0320;
export const TIP_RECIPIENT: usize = 0x0340;

/** The host writes messages of calls, `decodeTransaction` those of transactions. */
export const MESSAGE: usize = 0x0400;
export const M_SENDER: usize = 0;
export const M_TO: usize = 32;
export const M_VALUE: usize = 64;
export const M_MAX_FEE: usize = 96;
export const M_MAX_TIP: usize = 128;
export const M_MAX_BLOB_FEE: usize = 160;
export const M_TYPE: usize = 192;
export const M_CREATES: usize = 196;
export const M_NONCE: usize = 200;
export const M_GAS_LIMIT: usize = 208;
export const M_DATA: usize = 216;
export const M_DATA_LENGTH: usize = 220;
/** Each entry: 64 bytes (address word, key count), then its keys as words. */
export const M_ACCESS_LIST: usize = 224;
export const M_ACCESS_COUNT: usize = 228;
export const M_BLOB_HASHES: usize = 232;
export const M_BLOB_COUNT: usize = 236;
/** Intrinsic gas of a key-agile transaction's key and signature. */
export const M_EXTRA_GAS: usize = 240;
/** Bits: checks of the sender, and whether the message will be undone. */
export const M_CHECKS: usize = 248;
/** Authorizations of EIP-7702, of `AUTHORIZATION_SIZE` bytes. */
export const M_AUTHORIZATIONS: usize = 252;
export const M_AUTHORIZATION_COUNT: usize = 256;
/** Words: authority, delegate; u64: nonce; u32: 1 if signature, key and chain id are valid. */
export const AUTHORIZATION_SIZE: usize = 96;
export const CHECK_NONCE: u32 = 1;
/** EIP-3607, EIP-7825. */
export const CHECK_SENDER: u32 = 2;
export const SIMULATE: u32 = 4;
/** Of a system call: gas is counted, and logs stay in the block. */
export const KEEP_RESULT: u32 = 8;

export const RESULT: usize = 0x0600;
export const R_STATUS: usize = 0;
/** u32: `HALT_…` of the outermost frame. */
export const R_HALT: usize = 4;
export const R_GAS_USED: usize = 8;
export const R_OUTPUT: usize = 16;
export const R_OUTPUT_LENGTH: usize = 20;
export const R_LOGS: usize = 24;
export const R_LOG_COUNT: usize = 28;
export const R_LOGS_END: usize = 32;
/** u32: 1 if Ethereum might report a failure other than HALT_OUT_OF_GAS. */
export const R_UNSURE: usize = 36;
/** u32: opcode of the last HALT_INVALID. */
export const R_OPCODE: usize = 40;
/** i64: refund before the revert, only in the tracing build. */
export const R_REFUND: usize = 48;
export const R_GAS_PRICE: usize = 64;
/** 20 bytes, big-endian */
export const R_CONTRACT: usize = 96;
export const R_BLOOM: usize = 128;
export const R_INIT_CODE_SIZE: usize = 384;

/** 256 bytes: bloom of all logs since the last clearing. */
export const BLOCK_BLOOM: usize = 0x0e00;

/** Up to 8 limbs and a spare one. */
export const NUMERATOR: usize = 0x0800;
export const DENOMINATOR: usize = 0x0860;
export const QUOTIENT: usize = 0x08a0;
export const KECCAK_OUTPUT: usize = 0x0a00;
/** 136 bytes: last padded block. */
export const KECCAK_BLOCK: usize = 0x0a20;
/** 768 bytes, which any called function may overwrite. */
export const SCRATCH: usize = 0x0b00;

/** u32 per opcode: static gas, pops << 16, pushes << 24; 0xffffffff is undefined. */
export const OPCODES: usize = 0x1000;
/** 2,048 entries of 48 bytes. */
export const BLOOM_MEMO: usize = 0x2000;
/** 256 entries of 40 bytes, by number modulo 256: number plus one (0 if unknown), hash. */
export const BLOCK_HASHES: usize = 0x1a000;
/** 512 zero bytes (translate.ts). */
export const EMPTY_PAGE: usize = 0x1d000;
/** 1,280 bytes */
export const BLAKE2_SCHEDULE: usize = 0x1d200;
/** 1,296 bytes: constants of the fused MULMOD (barrett/constants.ts). */
export const BARRETT: usize = 0x1d800;
/** 4,096 entries of 128 bytes. */
export const KECCAK_MEMO: usize = 0x20000;
const REGIONS: usize = 0xa1000;

/** EIP-170. */
export const CODE_SIZE_MAX: u32 = 24576;
/** EIP-3860. */
export const INIT_CODE_SIZE_MAX: u32 = 49152;
export const CREATION_MEMO_ENTRIES: usize = 8;
export const CREATION_MEMO_SIZE: usize = 64 + INIT_CODE_SIZE_MAX + CODE_SIZE_MAX;
export const SHORT_KECCAK_ENTRIES: usize = 1024;
export const SHORT_KECCAK_SIZE: usize = 192;

export const STACK_LIMIT: u32 = 1024;
export const DEPTH_LIMIT: u32 = 1024;
export const FRAME_SIZE: usize = 256;
export const ACCOUNT_SIZE: usize = 256;
export const SLOT_SIZE: usize = 176;
export const TRANSIENT_SIZE: usize = 80;
export const CODE_ENTRY_SIZE: usize = 64;
export const JOURNAL_ENTRY_SIZE: usize = 48;

export let FRAMES: usize = 0;
export let STACK: usize = 0;
export let ACCOUNTS: usize = 0;
export let ACCOUNTS_END: usize = 0;
export let ACCOUNT_INDEX: usize = 0;
export let SLOTS: usize = 0;
export let SLOTS_END: usize = 0;
export let SLOT_INDEX: usize = 0;
export let TRANSIENT: usize = 0;
export let TRANSIENT_END: usize = 0;
export let TRANSIENT_INDEX: usize = 0;
export let CODES: usize = 0;
export let CODES_END: usize = 0;
export let CODE_INDEX: usize = 0;
export let CODE_BYTES: usize = 0;
export let CODE_BYTES_END: usize = 0;
export let TRANSLATED: usize = 0;
export let TRANSLATED_END: usize = 0;
export let JOURNAL: usize = 0;
export let JOURNAL_END: usize = 0;
export let LOGS: usize = 0;
export let LOGS_END: usize = 0;
export let RETURN_DATA: usize = 0;
export let RETURN_DATA_END: usize = 0;
export let INPUT: usize = 0;
export let INPUT_END: usize = 0;
export let DESTINATIONS: usize = 0;
export let DESTINATIONS_END: usize = 0;
/** What creationMemo.ts keeps. */
export let CREATION_MEMO: usize = 0;
/** 1,024 entries of 192 bytes. */
export let SHORT_KECCAK_MEMO: usize = 0;
export let HEAP: usize = 0;

let next: usize = 0;

function place(size: usize): usize {
  const at = next;
  next = (next + size + 63) & ~63;
  return at;
}

function indexBytes(entries: u32): usize {
  let size: usize = 1024;
  while (size < <usize>entries * 2) size <<= 1;
  return size * 4;
}

export function placeRegions(
  accounts: u32, slots: u32, transients: u32, codes: u32,
  codeBytes: u32, translatedBytes: u32, journalBytes: u32, logBytes: u32, returnBytes: u32, inputBytes: u32,
  destinationBytes: u32,
): usize {
  next = REGIONS;
  FRAMES = place(<usize>(DEPTH_LIMIT + 2) * FRAME_SIZE);
  STACK = place(<usize>(DEPTH_LIMIT + 2) * STACK_LIMIT * 32 + 64);
  ACCOUNTS = place(<usize>accounts * ACCOUNT_SIZE);
  ACCOUNTS_END = ACCOUNTS + <usize>accounts * ACCOUNT_SIZE;
  ACCOUNT_INDEX = place(indexBytes(accounts));
  SLOTS = place(<usize>slots * SLOT_SIZE);
  SLOTS_END = SLOTS + <usize>slots * SLOT_SIZE;
  SLOT_INDEX = place(indexBytes(slots));
  TRANSIENT = place(<usize>transients * TRANSIENT_SIZE);
  TRANSIENT_END = TRANSIENT + <usize>transients * TRANSIENT_SIZE;
  TRANSIENT_INDEX = place(indexBytes(transients));
  CODES = place(<usize>codes * CODE_ENTRY_SIZE);
  CODES_END = CODES + <usize>codes * CODE_ENTRY_SIZE;
  CODE_INDEX = place(indexBytes(codes));
  CODE_BYTES = place(codeBytes);
  CODE_BYTES_END = CODE_BYTES + codeBytes;
  TRANSLATED = place(translatedBytes);
  TRANSLATED_END = TRANSLATED + translatedBytes;
  JOURNAL = place(journalBytes);
  JOURNAL_END = JOURNAL + journalBytes;
  LOGS = place(logBytes);
  LOGS_END = LOGS + logBytes;
  RETURN_DATA = place(returnBytes);
  RETURN_DATA_END = RETURN_DATA + returnBytes;
  INPUT = place(inputBytes);
  INPUT_END = INPUT + inputBytes;
  DESTINATIONS = place(destinationBytes);
  DESTINATIONS_END = DESTINATIONS + destinationBytes;
  CREATION_MEMO = place(CREATION_MEMO_ENTRIES * CREATION_MEMO_SIZE);
  SHORT_KECCAK_MEMO = place(SHORT_KECCAK_ENTRIES * SHORT_KECCAK_SIZE);
  HEAP = (next + 0xffff) & ~0xffff;
  return HEAP;
}
