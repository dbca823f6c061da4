import { describe, expect, it } from "vitest";
import { NONCE_MS } from "../http/signatures/index.ts";
import { TestTime } from "../http/testing/TestTime.ts";
import { createNonceStore, createSharedNonceStore } from "./createNonceStore.ts";

describe("nonces of one process [GUARD-15]", () => {
  it("each nonce of a key once, until it expires", async () => {
    const clock = new TestTime();
    const nonces = createNonceStore({ clock });
    const untilMs = clock.nowMs() + NONCE_MS;
    expect(await nonces.use("a", "nonce", untilMs)).toBe(true);
    expect(await nonces.use("b", "nonce", untilMs)).toBe(true);
    expect(await nonces.use("a", "nonce", untilMs)).toBe(false);
    clock.move(NONCE_MS);
    expect(await nonces.use("a", "nonce", clock.nowMs() + NONCE_MS)).toBe(true);
  });

  it("SIGNATURE_INVALID: created before the start, when another process may have accepted it", async () => {
    const clock = new TestTime();
    const nonces = createNonceStore({ clock });
    await expect(nonces.use("a", "nonce", clock.nowMs() + NONCE_MS - 1)).rejects.toMatchObject({
      code: "SIGNATURE_INVALID",
      facts: { reason: "created before the start of this process" },
    });
  });

  it("SIGNATURE_INVALID: a nonce forgotten while the clock was ahead", async () => {
    const clock = new TestTime();
    const nonces = createNonceStore({ clock });
    const untilMs = clock.nowMs() + NONCE_MS;
    await nonces.use("a", "nonce", untilMs);
    clock.move(2 * NONCE_MS);
    await nonces.use("a", "other", clock.nowMs() + NONCE_MS);
    clock.move(-2 * NONCE_MS);
    await expect(nonces.use("a", "nonce", untilMs)).rejects.toMatchObject({ code: "SIGNATURE_INVALID" });
  });

  it("OVERLOADED: too many nonces of one key; other keys are served, and it is after their expiry", async () => {
    const clock = new TestTime();
    const nonces = createNonceStore({ clock });
    const untilMs = clock.nowMs() + NONCE_MS;
    for (let n = 0; n < 262_144; n++) await nonces.use("a", `${n}`, untilMs);
    await expect(nonces.use("a", "more", untilMs)).rejects.toMatchObject({ code: "OVERLOADED" });
    expect(await nonces.use("b", "more", untilMs)).toBe(true);
    clock.move(NONCE_MS);
    expect(await nonces.use("a", "more", clock.nowMs() + NONCE_MS)).toBe(true);
  });
});

it("IDENTITY_PROVIDER_UNREACHABLE: shared nonces fail closed", async () => {
  const nonces = createSharedNonceStore({ count: () => Promise.reject(new Error("gone")) });
  await expect(nonces.use("a", "nonce", 0)).rejects.toMatchObject({ code: "IDENTITY_PROVIDER_UNREACHABLE" });
});

it("shared nonces outlast the last acceptance by a process whose clock is behind", async () => {
  let keptMs = 0;
  const nonces = createSharedNonceStore({
    async count(_entries, windowMs) {
      keptMs = windowMs;
      return { totals: [{ used: 1, isCounted: true, waitMs: 0 }], processes: 2 };
    },
  });
  await nonces.use("a", "nonce", 0);
  // `created` 30 s ahead, valid for 300 s by a clock that is 30 s behind.
  expect(keptMs).toBe(360_000);
});
