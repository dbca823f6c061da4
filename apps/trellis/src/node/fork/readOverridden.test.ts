import type { Account, AccountOverride, Address, Hash, StateReader } from "@trellis/protocol";
import { beforeEach, expect, it } from "vitest";
import { readOverridden } from "./readOverridden.ts";

const FIRST: Address = `0x${"11".repeat(20)}`;
const SECOND: Address = `0x${"22".repeat(20)}`;
const slotOf = (slot: number): Hash => `0x${slot.toString(16).padStart(64, "0")}`;
const slots = (count: number) =>
  new Map(Array.from({ length: count }, (_, slot): [Hash, bigint] => [slotOf(slot), 1n]));

let read: unknown[];
let running: number;
let together: number;
beforeEach(() => {
  read = [];
  running = together = 0;
});

const state = {
  account: (address) => void read.push(address) as Account | undefined,
  storage: (address, slot) => BigInt(read.push([address, slot])),
} as Partial<StateReader> as StateReader;

async function reading<T>(value: () => T): Promise<T> {
  together = Math.max(together, ++running);
  await null;
  running--;
  return value();
}

const readFor = (accounts: readonly (readonly [Address, AccountOverride])[], isOver = () => false) =>
  readOverridden(new Map(accounts), { state, reading }, isOver);

it("reads each account and slot that an override sets, many at once [DEV-7]", async () => {
  await readFor([
    [FIRST, { balance: 1n, stateDiff: slots(1_200) }],
    [SECOND, { state: slots(1) }],
  ]);
  expect(read).toHaveLength(1_203);
  expect(read).toEqual(expect.arrayContaining([FIRST, SECOND, [FIRST, slotOf(1_199)], [SECOND, slotOf(0)]]));
  expect(together).toBe(500);
});

it("stops when it is over", async () => {
  await readFor([[FIRST, { stateDiff: slots(1_200) }]], () => read.length >= 1_000);
  expect(read).toHaveLength(1_000);
});
