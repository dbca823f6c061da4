import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTemplate } from "./parseTemplate.ts";

const asked = { address: `0x${"0c".repeat(20)}`, algorithm: "heavy" } as const;
const sound = {
  id: `0x${"01".repeat(32)}`,
  sealRoot: `0x${"01".repeat(32)}`,
  target: "0xff",
  algorithm: "heavy",
  memoryKiB: 0,
  passes: 0,
  miner: asked.address,
  subsidyWei: "0x0",
};

describe("parseTemplate", () => {
  it("reads a template", () => {
    expect(parseTemplate(sound, asked)).toEqual({
      id: sound.id,
      sealRoot: new Uint8Array(32).fill(1),
      target: 255n,
      parameters: { algorithm: "heavy", memoryKiB: 0, passes: 0 },
      subsidyWei: 0n,
    });
  });

  it("never throws, whatever a node sends", () => {
    const values = fc.oneof(
      fc.anything(),
      fc
        .tuple(fc.constantFrom(...Object.keys(sound)), fc.anything())
        .map(([name, value]) => ({ ...sound, [name]: value })),
    );
    fc.assert(
      fc.property(values, (value) => {
        const template = parseTemplate(value, asked);
        if (template === undefined) return;
        expect(template.sealRoot).toHaveLength(32);
        expect(template.target >= 0n && template.target < 2n ** 256n).toBe(true);
      }),
    );
  });
});
