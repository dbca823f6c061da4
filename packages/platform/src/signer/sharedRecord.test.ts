import { describeDatabases } from "@trellis/kit/databases";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openSharedRecord, type SharedRecord } from "./openSharedRecord.ts";

const never = { after: () => ({ cancel: () => {} }) };
const refused = (code: string) => expect.objectContaining({ code });

describeDatabases("record that signers share [SIGNER-7]", (under) => {
  let nowMs = 0;
  const open = (instance: string): Promise<SharedRecord> =>
    openSharedRecord(under.database(), instance, { scheduler: never, nowMs: () => nowMs });

  it("SIGNER_REFUSED: of two instances with one key, one content is signed at a position, and none below", async () => {
    const [one, two] = await Promise.all([open("a"), open("b")]);
    const ask = fc.record({
      isSecond: fc.boolean(),
      position: fc.constantFrom("01", "02", "03"),
      content: fc.constantFrom("x", "y"),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(ask, { maxLength: 12 }), async (asked) => {
        run += 1;
        const key = `key ${run}`;
        const signed = new Map<string, Set<string>>();
        await Promise.all(
          asked.map(async ({ isSecond, position, content }) => {
            try {
              await (isSecond ? two : one).claim(key, { position, content });
            } catch (error) {
              return expect(error).toEqual(refused("SIGNER_REFUSED"));
            }
            signed.set(position, (signed.get(position) ?? new Set()).add(content));
          }),
        );
        for (const contents of signed.values()) expect(contents.size).toBe(1);
      }),
      { numRuns: 15 },
    );
    await one.claim("k", { position: "02", content: "x" });
    await two.claim("k", { position: "02", content: "x" });
    for (const signed of [
      { position: "01", content: "x" },
      { position: "02", content: "y" },
    ])
      await expect(two.claim("k", signed)).rejects.toEqual(refused("SIGNER_REFUSED"));
  });

  it("SIGNER_SETUP_INVALID: a second instance with a held key, until the first ends or is gone for long", async () => {
    const [one, two] = await Promise.all([open("c"), open("d")]);
    await one.hold(["p", "q"]);
    one.check();
    await expect(two.hold(["q", "r"])).rejects.toEqual(refused("SIGNER_SETUP_INVALID"));
    const three = await open("e");
    await three.hold(["r"]);
    await one.close();
    await two.hold(["q"]);
    nowMs += 10_001;
    expect(() => two.check()).toThrow(refused("SIGNER_SETUP_INVALID"));
    await under.database().query("UPDATE signer_shared.holders SET renewed = now() - interval '11 seconds'");
    const four = await open("f");
    await four.hold(["q"]);
    await Promise.all([two, three, four].map((record) => record.close()));
  });
});
