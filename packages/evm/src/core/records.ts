// Fields of the records that the tables hold.

/** Account: three limbs of the address. */
export const A_ADDRESS: usize = 0;
/** u32: `ACCOUNT_…` bits. */
export const A_FLAGS: usize = 24;
/** u32: code entry, valid while A_CODE_EPOCH is the code cache's. */
export const A_CODE: usize = 28;
export const A_BALANCE: usize = 32;
export const A_NONCE: usize = 64;
/** u32: the transaction in which it was last touched by an access; equal to the current one means warm. */
export const A_WARM: usize = 72;
/** u32: the transaction for which the CREATED, DESTROYED and TOUCHED bits hold. */
export const A_TRANSACTION: usize = 76;
/** u32: first of its slots, linked by S_NEXT. */
export const A_SLOTS: usize = 80;
export const A_CODE_EPOCH: usize = 84;
/** u32: links of this transaction's touched and this block's changed accounts. */
export const A_NEXT_TOUCHED: usize = 88;
export const A_NEXT_CHANGED: usize = 92;
/** 32 bytes in their own order. */
export const A_CODE_HASH: usize = 96;
/** As it was when the block began: flags, nonce, balance, code hash. */
export const A_FIRST_FLAGS: usize = 128;
export const A_FIRST_NONCE: usize = 136;
export const A_FIRST_BALANCE: usize = 144;
export const A_FIRST_CODE_HASH: usize = 176;
/** u32: the transaction that has looked at it; nonce and balance are as that found them. [EVM-20] */
export const A_SEEN: usize = 208;
/** u32: link of the accounts that this transaction has looked at. */
export const A_NEXT_SEEN: usize = 212;
export const A_SEEN_NONCE: usize = 216;
export const A_SEEN_BALANCE: usize = 224;

/** It is in the state. */
export const ACCOUNT_EXISTS: u32 = 1;
/** Its former storage is gone in this block: slots that were never read are zero. */
export const ACCOUNT_CLEARED: u32 = 2;
/** In this block's list of changed accounts. */
export const ACCOUNT_CHANGED: u32 = 4;
/** Made by a creation in this transaction (EIP-6780). */
export const ACCOUNT_CREATED: u32 = 8;
export const ACCOUNT_DESTROYED: u32 = 16;
/** Touched in this transaction in the sense of EIP-161. */
export const ACCOUNT_TOUCHED: u32 = 32;
/** In this transaction's list of touched accounts. */
export const ACCOUNT_LISTED: u32 = 64;
/** Bits that a failing frame gives back. */
export const ACCOUNT_REVERTIBLE: u32 = ACCOUNT_CREATED | ACCOUNT_DESTROYED | ACCOUNT_TOUCHED;
/** Bits that hold for one transaction. */
export const ACCOUNT_TRANSIENT: u32 = ACCOUNT_REVERTIBLE | ACCOUNT_LISTED;

/** Storage slot. */
export const S_KEY: usize = 0;
export const S_VALUE: usize = 32;
/** When the transaction began, valid while S_TRANSACTION is the current one. */
export const S_ORIGINAL: usize = 64;
/** When the block began. */
export const S_FIRST: usize = 96;
export const S_ACCOUNT: usize = 128;
export const S_NEXT: usize = 132;
export const S_TRANSACTION: usize = 136;
export const S_WARM: usize = 140;
/** u32: 1 when it is in this block's list of changed slots. */
export const S_CHANGED: usize = 144;
/** u32: link of this block's changed slots. */
export const S_NEXT_CHANGED: usize = 148;
/** u32: the transaction that has looked at it. */
export const S_SEEN: usize = 152;
/** u32: link of the slots that this transaction has looked at. */
export const S_NEXT_SEEN: usize = 156;

/** Transient slot. */
export const T_KEY: usize = 0;
export const T_VALUE: usize = 32;
export const T_ACCOUNT: usize = 64;

/** Code entry. */
export const C_HASH: usize = 0;
/** u32: the bytes, 0 when they were evicted. */
export const C_BYTES: usize = 32;
export const C_LENGTH: usize = 36;
/** u32: directory of the pages that say where jump destinations are translated (translate.ts). */
export const C_MAP: usize = 40;
/** u32: translation of offset 0, or 0. */
export const C_START: usize = 44;
/** u32: the epoch of the translated region for which C_MAP and C_START hold. */
export const C_EPOCH: usize = 48;
/** u32: one bit for each byte of code, set at jump destinations; 0 before the first jump. */
export const C_JUMPS: usize = 52;

/** Frame. */
export const F_CODE: usize = 0;
/** u32: where to go on, in translated code and as an offset in the bytecode. */
export const F_NEXT: usize = 4;
export const F_EPOCH: usize = 8;
export const F_PC: usize = 12;
/** u32: behind the top of its operand stack. */
export const F_TOP: usize = 16;
export const F_STACK: usize = 20;
export const F_MEMORY: usize = 24;
export const F_MEMORY_SIZE: usize = 28;
/** i64 */
export const F_GAS: usize = 32;
export const F_DATA: usize = 40;
export const F_DATA_LENGTH: usize = 44;
/** Where the caller wants the output: absolute, and how much. */
export const F_OUTPUT: usize = 48;
export const F_OUTPUT_LENGTH: usize = 52;
export const F_KIND: usize = 56;
export const F_STATIC: usize = 60;
/** What to go back to when it fails. */
export const F_JOURNAL: usize = 64;
export const F_LOGS: usize = 68;
export const F_REFUND: usize = 72;
export const F_LOG_COUNT: usize = 80;
/** u32: account whose storage and balance are its own. */
export const F_ACCOUNT: usize = 84;
/** u32: account whose code runs. */
export const F_TARGET: usize = 88;
export const F_ADDRESS: usize = 96;
export const F_CALLER: usize = 128;
export const F_VALUE: usize = 160;
/** A code entry for init code, whose bytes lie in the creator's memory. */
export const F_INIT_CODE: usize = 192;
