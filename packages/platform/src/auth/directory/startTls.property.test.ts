import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { START_TLS, startTlsAnswer } from "./startTls.ts";

const of = (hex: string) => startTlsAnswer(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const STARTED = "300c 020101 7807 0a0100 0400 0400";
const LONG =
  "308400000028 020101 78840000001f 0a0100 0400 0400 8a16 312e332e362e312e342e312e313436362e3230303337";

describe("answers to StartTLS [GUARD-13]", () => {
  it("start TLS with the code success, and with nothing behind", () => {
    expect(START_TLS).toHaveLength(31);
    expect([of(STARTED), of(LONG)]).toEqual(["started", "started"]);
    for (const hex of [
      `${STARTED} 30`,
      "300c 020102 7807 0a0100 0400 0400",
      "300c 020101 6107 0a0100 0400 0400",
      "300c 020101 7807 0a0134 0400 0400",
      "3000",
      "31",
      "30847fffffff",
      "3003 020101",
    ])
      expect(of(hex), hex).not.toBe("started");
  });

  it("are partial until their last byte", () => {
    for (const hex of [STARTED, LONG]) {
      const whole = Buffer.from(hex.replaceAll(" ", ""), "hex");
      for (let size = 0; size < whole.length; size++)
        expect(startTlsAnswer(whole.subarray(0, size))).toBe("partial");
    }
  });

  it("any other bytes start nothing", () => {
    const whole = Buffer.from(STARTED.replaceAll(" ", ""), "hex");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(startTlsAnswer(Buffer.from(bytes))).not.toBe("started");
        const more = startTlsAnswer(Buffer.concat([whole, bytes]));
        expect(more).toBe(bytes.length === 0 ? "started" : "refused");
      }),
    );
    // Only the first ten bytes matter; the texts after them are arbitrary.
    fc.assert(
      fc.property(fc.nat(9), fc.nat(255), (at, value) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        if (value !== whole[at] && at !== 6) expect(startTlsAnswer(changed)).not.toBe("started");
      }),
    );
  });
});
