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

  it("OVERLOADED: too many nonces", async () => {
    const clock = new TestTime();
    const nonces = createNonceStore({ clock });
    const untilMs = clock.nowMs() + NONCE_MS;
    for (let n = 0; n < 262_144; n++) await nonces.use("a", `${n}`, untilMs);
    await expect(nonces.use("a", "more", untilMs)).rejects.toMatchObject({ code: "OVERLOADED" });
  });
});

it("IDENTITY_PROVIDER_UNREACHABLE: shared nonces fail closed", async () => {
  const nonces = createSharedNonceStore({ count: () => Promise.reject(new Error("gone")) });
  await expect(nonces.use("a", "nonce", 0)).rejects.toMatchObject({ code: "IDENTITY_PROVIDER_UNREACHABLE" });
});
