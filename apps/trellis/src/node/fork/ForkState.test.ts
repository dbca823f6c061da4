import { silentLog } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { type Address, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, type Hash } from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import { beforeEach, expect, it } from "vitest";
import { trellisErrors } from "../../errors.ts";
import type { ForkAccount, ForkBlock } from "./ForkReader.ts";
import { ForkState, withoutAccounts } from "./ForkState.ts";
import type { AnswerTo, Question } from "./forkMessages.ts";

const RICH: Address = `0x${"11".repeat(20)}`;
const TOKEN: Address = `0x${"22".repeat(20)}`;
const NOBODY: Address = `0x${"33".repeat(20)}`;
const CODE = Uint8Array.of(0x60, 0x07);
const SLOT: Hash = `0x${"1".padStart(64, "0")}`;
const BLOCK: ForkBlock = {
  chainId: 5,
  number: 100,
  hash: `0x${"ab".repeat(32)}`,
  stateRoot: `0x${"cd".repeat(32)}`,
  timestampMs: 0,
  baseFee: undefined,
};
const ACCOUNTS: Readonly<Record<Address, ForkAccount>> = {
  [RICH]: {
    account: { nonce: 3n, balance: 5n, codeHash: EMPTY_CODE_HASH },
    code: new Uint8Array(0),
    storageRoot: EMPTY_TRIE_ROOT,
  },
  [TOKEN]: {
    account: { nonce: 1n, balance: 0n, codeHash: keccak256Hex(CODE) },
    code: CODE,
    storageRoot: undefined,
  },
  [NOBODY]: { account: undefined, code: new Uint8Array(0), storageRoot: EMPTY_TRIE_ROOT },
};

let asked: string[];
let nowMs: number;
let isGone: boolean;
let cache: ReturnType<typeof createMemoryStore>;
beforeEach(() => {
  asked = [];
  nowMs = 0;
  isGone = false;
  cache = createMemoryStore();
});

function open() {
  const answer = <Q extends Question>(how: string, question: Q): AnswerTo<Q> => {
    asked.push(`${how} ${question.kind}`);
    nowMs += 2_000;
    if (isGone) throw trellisErrors.FORK_READ_FAILED({ reason: "gone" });
    if (question.kind === "blockHash") return `0x${`${question.number}`.padStart(64, "0")}` as AnswerTo<Q>;
    return (question.kind === "account" ? ACCOUNTS[question.address] : 77n) as AnswerTo<Q>;
  };
  const thread = {
    ask: async <Q extends Question>(question: Q) => answer("ask", question),
    askNow: <Q extends Question>(question: Q) => answer("askNow", question),
  };
  return new ForkState(BLOCK, { thread, cache, clock: { nowMs: () => nowMs }, log: silentLog });
}

function readAll(state = open()) {
  return {
    accounts: [RICH, TOKEN, NOBODY].map((address) => state.account(address)),
    slots: [RICH, TOKEN, NOBODY].map((address) => state.storage(address, SLOT)),
    code: state.code(keccak256Hex(CODE)),
  };
}

const EXPECTED = {
  accounts: [ACCOUNTS[RICH]!.account, ACCOUNTS[TOKEN]!.account, undefined],
  slots: [0n, 77n, 0n],
  code: CODE,
};
const GONE = expect.objectContaining({ code: "FORK_READ_FAILED", facts: { reason: "gone" } });

it("reads each value once, also after a restart [DEV-7]", async () => {
  const state = open();
  expect(readAll(state)).toEqual(EXPECTED);
  const once = ["askNow account", "askNow account", "askNow account", "askNow slot"];
  expect(asked).toEqual(once);
  expect(readAll(state)).toEqual(EXPECTED);
  await cache.flush();
  isGone = true;
  expect(readAll()).toEqual(EXPECTED);
  expect(asked).toEqual(once);
});

it("FORK_READ_FAILED: fails at once for as long as the failure took, then asks again [DEV-7]", () => {
  const state = open();
  isGone = true;
  expect(() => state.account(RICH)).toThrow(GONE);
  nowMs += 1_999;
  expect(() => state.account(TOKEN)).toThrow(GONE);
  expect(asked).toHaveLength(1);
  isGone = false;
  nowMs += 1;
  expect(state.account(RICH)).toEqual(ACCOUNTS[RICH]!.account);
  expect(state.account(TOKEN)).toEqual(ACCOUNTS[TOKEN]!.account);
});

it("FORK_READ_FAILED: the code of an account that is not in the cache", () => {
  const codeHash = keccak256Hex(CODE);
  expect(() => open().code(codeHash)).toThrow(expect.objectContaining({ code: "FORK_READ_FAILED" }));
  expect(open().code(EMPTY_CODE_HASH)).toHaveLength(0);
});

it("`reading` waits for values without blocking the thread, and asks for each once [DEV-7]", async () => {
  const state = open();
  const sum = () => state.storage(TOKEN, SLOT) + (state.account(RICH)?.balance ?? 0n);
  expect(await Promise.all([state.reading(sum), state.reading(sum)])).toEqual([82n, 82n]);
  expect(asked).toEqual(["ask account", "ask slot", "ask account"]);
  expect(state.reading(sum)).toBe(82n);
});

it("FORK_READ_FAILED: `reading` passes it on, and later reads block again [DEV-7]", async () => {
  const state = open();
  isGone = true;
  await expect(state.reading(() => state.account(RICH))).rejects.toEqual(GONE);
  isGone = false;
  nowMs += 2_000;
  expect(state.account(RICH)).toEqual(ACCOUNTS[RICH]!.account);
  expect(asked).toEqual(["ask account", "askNow account"]);
  expect(() =>
    state.reading(() => {
      throw new RangeError("of the reader");
    }),
  ).toThrow(RangeError);
});

it("reads each block's hash once, and knows its own block's [DEV-7]", () => {
  const state = open();
  const hashes = () => [100, 99, 98, 99].map((number) => state.blockHash(number));
  const word = (number: number) => `0x${`${number}`.padStart(64, "0")}`;
  expect(hashes()).toEqual([BLOCK.hash, word(99), word(98), word(99)]);
  expect(asked).toEqual(["askNow blockHash", "askNow blockHash"]);
  isGone = true;
  expect(open().blockHash(99)).toBe(word(99));
  expect(() => open().blockHash(97)).toThrow(GONE);
});

it("`load` reads what is not in the cache", async () => {
  const state = open();
  await state.load([RICH, TOKEN]);
  await state.load([RICH, TOKEN, NOBODY]);
  expect(asked).toEqual(["ask account", "ask account", "ask account"]);
});

it("the devnet's own accounts hide the origin's [DEV-7]", () => {
  const state = withoutAccounts(open(), new Set([TOKEN]));
  expect(state.account(TOKEN)).toBeUndefined();
  expect(state.storage(TOKEN, SLOT)).toBe(0n);
  expect(asked).toEqual([]);
  expect(state.account(RICH)).toEqual(ACCOUNTS[RICH]!.account);
});
