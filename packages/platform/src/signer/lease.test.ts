import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualTime } from "@trellis/kit/time";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemRandom } from "../system/index.ts";
import { LEASE_MS, type Lease, openLease, systemInstance } from "./systemLease.ts";

let directory: string;
let time: VirtualTime;
let opened: Lease[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "trellis-lease-"));
  time = new VirtualTime();
  opened = [];
});
afterEach(async () => {
  for (const lease of opened) await lease.release();
  rmSync(directory, { recursive: true });
});

const file = () => join(directory, "lease.json");
const foreign = (renewal: number, isReleased = false) =>
  writeFileSync(file(), JSON.stringify({ machine: "other", instance: "ab".repeat(16), renewal, isReleased }));
const refused = expect.objectContaining({
  code: "SIGNER_SETUP_INVALID",
  facts: expect.objectContaining({ reason: "another instance is using the keys" }),
});

async function open(): Promise<Lease> {
  const ports = { clock: time, scheduler: time, random: systemRandom, machine: "this" };
  const lease = await openLease(directory, ports);
  opened.push(lease);
  return lease;
}

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= LEASE_MS / 4) {
    await time.run(Math.min(left, LEASE_MS / 4));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("lease of a signer's keys [SIGNER-7]", () => {
  it("SIGNER_SETUP_INVALID: a second instance; the next one may start after the first", async () => {
    const first = await open();
    first.check();
    await expect(open()).rejects.toEqual(refused);
    first.check();
    await first.release();
    const second = await open();
    second.check();
    expect(() => first.check()).toThrow(refused);
  });

  it("SIGNER_SETUP_INVALID: the holder on another machine renews", async () => {
    foreign(1);
    const refusal = expect(open()).rejects.toEqual(refused);
    await pass(LEASE_MS / 2);
    foreign(2);
    await pass(LEASE_MS);
    await refusal;
  });

  it("is taken from a holder elsewhere that does not renew, or that released it", async () => {
    foreign(1, true);
    await (await open()).release();
    foreign(1);
    const opening = open();
    await pass(2 * LEASE_MS);
    (await opening).check();
  });

  it("SIGNER_SETUP_INVALID: a holder whose lease was taken signs nothing more, and leaves the file", async () => {
    const lease = await open();
    foreign(7);
    expect(() => lease.check()).toThrow(refused);
    await pass(LEASE_MS);
    expect(() => lease.check()).toThrow(refused);
    await lease.release();
    expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ machine: "other", renewal: 7 });
  });

  it("SIGNER_UNREACHABLE: a suspended holder, until it has renewed", async () => {
    const lease = await open();
    const held = readFileSync(file());
    rmSync(file());
    mkdirSync(`${file()}.next`);
    writeFileSync(file(), held);
    await pass(2 * LEASE_MS);
    expect(() => lease.check()).toThrow(expect.objectContaining({ code: "SIGNER_UNREACHABLE" }));
    rmSync(`${file()}.next`, { recursive: true });
    await vi.waitFor(async () => {
      await pass(LEASE_MS / 4);
      lease.check();
    });
  });
});

it("another directory at the same path is another instance, as in two containers [SIGNER-7]", () => {
  const path = join(directory, "data");
  mkdirSync(path);
  const first = systemInstance(path);
  expect(systemInstance(path)).toBe(first);
  renameSync(path, join(directory, "moved"));
  mkdirSync(path);
  expect(systemInstance(path)).not.toBe(first);
});
