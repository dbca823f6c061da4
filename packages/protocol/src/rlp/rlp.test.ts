import { bigintToMinimalBytes, bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRlp, encodeRlp, openRlpList, type RlpInput, RlpReader } from "../index.ts";
import { refusal } from "../testing/refusal.ts";
import { RlpEncoded } from "./encodeRlp.ts";

const decodeHex = (hex: string) => decodeRlp(hexToBytes(hex));

describe("encodeRlp", () => {
  const cases: [string, RlpInput, string][] = [
    ["no bytes", new Uint8Array(0), "0x80"],
    ["a small byte", "0x7f", "0x7f"],
    ["a great byte", "0x80", "0x8180"],
    ["a zero byte", "0x00", "0x00"],
    ["the integer zero", 0, "0x80"],
    ["the bigint zero", 0n, "0x80"],
    ["127", 127, "0x7f"],
    ["128", 128, "0x8180"],
    ["128n", 128n, "0x8180"],
    ["255", 255, "0x81ff"],
    ["256", 256, "0x820100"],
    ["65535", 65_535, "0x82ffff"],
    ["65536", 65_536, "0x83010000"],
    ["2^53 - 1", Number.MAX_SAFE_INTEGER, "0x871fffffffffffff"],
    ["2^256 - 1", 2n ** 256n - 1n, `0xa0${"ff".repeat(32)}`],
    ["an empty list", [], "0xc0"],
    ["nested lists", [[], [[]], [[], [[]]]], "0xc7c0c1c0c3c0c1c0"],
    ["55 bytes", new Uint8Array(55), `0xb7${"00".repeat(55)}`],
    ["56 bytes", new Uint8Array(56), `0xb838${"00".repeat(56)}`],
    ["255 bytes", new Uint8Array(255), `0xb8ff${"00".repeat(255)}`],
    ["256 bytes", new Uint8Array(256), `0xb90100${"00".repeat(256)}`],
    ["a list of 55 bytes", [new Uint8Array(54)], `0xf7b6${"00".repeat(54)}`],
    ["a list of 56 bytes", [new Uint8Array(55)], `0xf838b7${"00".repeat(55)}`],
  ];
  for (const [name, input, expected] of cases) {
    it(name, () => expect(bytesToHex(encodeRlp(input))).toBe(expected));
  }

  it("keeps several lists and converted values in order", () => {
    const input: RlpInput = [1n << 64n, ["0xffee", [300n, 5], "0x"], [], 1024, [1n << 70n]];
    expect(decodeRlp(encodeRlp(input))).toEqual([
      hexToBytes("0x010000000000000000"),
      [hexToBytes("0xffee"), [hexToBytes("0x012c"), hexToBytes("0x05")], hexToBytes("0x")],
      [],
      hexToBytes("0x0400"),
      [hexToBytes("0x400000000000000000")],
    ]);
  });

  it("writes hexadecimal and integers like their bytes", () => {
    const leaf = fc.oneof(
      fc.uint8Array({ maxLength: 70 }).map((bytes): [RlpInput, RlpInput] => [bytesToHex(bytes), bytes]),
      fc
        .bigInt({ min: 0n, max: 2n ** 300n })
        .map((value): [RlpInput, RlpInput] => [value, bigintToMinimalBytes(value)]),
      fc.maxSafeNat().map((value): [RlpInput, RlpInput] => [value, bigintToMinimalBytes(BigInt(value))]),
    );
    fc.assert(
      fc.property(fc.array(fc.array(leaf, { maxLength: 6 }), { maxLength: 6 }), (lists) => {
        const [input, bytes] = [0, 1].map((side) => lists.map((list) => list.map((pair) => pair[side]!)));
        expect(encodeRlp(input!)).toEqual(encodeRlp(bytes!));
        expect(decodeRlp(encodeRlp(input!))).toEqual(bytes);
      }),
    );
  });

  it("encodes after a refusal, and after a long list", () => {
    const input: RlpInput = [[1n << 60n], "0x0102"];
    const expected = bytesToHex(encodeRlp(input));
    for (const bad of ["0x1", "0xzz", "12", "0x7g", -1n]) {
      expect(() => encodeRlp([input, [bad as RlpInput]])).toThrow();
      expect(bytesToHex(encodeRlp(input))).toBe(expected);
    }
    encodeRlp(Array.from({ length: 3_000 }, () => [1n << 90n]));
    expect(bytesToHex(encodeRlp(input))).toBe(expected);
  });

  it("copies encoded RLP unchanged between other items", () => {
    const inner = new RlpEncoded(encodeRlp([1, "0xffee"]));
    expect(encodeRlp([7, inner, 300])).toEqual(encodeRlp([7, [1, "0xffee"], 300]));
    expect(encodeRlp([0, 1n, Uint8Array.of(0x80), Uint8Array.of(5)])).toEqual(hexToBytes("0xc58001818005"));
  });

  it("ARGUMENT_INVALID: not a whole, safe number of zero or more", () => {
    for (const value of [-1, 1.5, 2 ** 53, -1n, Number.NaN]) {
      expect(() => encodeRlp([value])).toThrow(
        expect.objectContaining({
          code: "ARGUMENT_INVALID",
          facts: { rule: "RLP takes whole, safe numbers of zero or more", got: value },
        }),
      );
    }
  });
});

describe("RLP-1, RLP-4: decodeRlp", () => {
  const refused: [string, string, string][] = [
    ["RLP_INVALID: truncated", "nothing", "0x"],
    ["RLP_INVALID: truncated", "a string without its bytes", "0x81"],
    ["RLP_INVALID: truncated", "a string past the end", "0x820102".slice(0, 6)],
    ["RLP_INVALID: truncated", "a list past the end", "0xc3c0"],
    ["RLP_INVALID: truncated", "an item past the end of its list", "0xc2820102"],
    ["RLP_INVALID: truncated", "a length without its bytes", "0xb9ff"],
    ["RLP_INVALID: truncated", "a length of eight bytes", "0xbfffffffffffffffff"],
    ["RLP_INVALID: truncated", "a list length of eight bytes", "0xffffffffffffffffff"],
    ["RLP_INVALID: not canonical", "a single byte with a header", "0x8100"],
    ["RLP_INVALID: not canonical", "a length with a leading zero", `0xb90038${"00".repeat(56)}`],
    ["RLP_INVALID: not canonical", "a short length in the long form", "0xb801ff"],
    ["RLP_INVALID: not canonical", "a short list in the long form", "0xf80101"],
    ["RLP_INVALID: not canonical", "a length of 55 in the long form", `0xb837${"00".repeat(55)}`],
    ["RLP_INVALID: trailing bytes", "bytes behind a string", "0x8000"],
    ["RLP_INVALID: trailing bytes", "bytes behind a list", "0xc000"],
  ];
  for (const [label, name, hex] of refused) {
    it(`${label}: ${name}`, () => {
      expect(() => decodeHex(hex)).toThrow(refusal(label));
    });
  }

  it("RLP_INVALID: too deep", () => {
    const nested = (depth: number): RlpInput => (depth === 0 ? [] : [nested(depth - 1)]);
    expect(() => decodeRlp(encodeRlp(nested(63)))).not.toThrow();
    expect(() => decodeRlp(encodeRlp(nested(64)))).toThrow(
      expect.objectContaining({
        code: "RLP_INVALID",
        facts: expect.objectContaining({ reason: "too deep" }),
      }),
    );
  });

  it("RLP_INVALID: too many items", () => {
    const four = encodeRlp(["0x", "0x", []]);
    expect(() => decodeRlp(four, { itemsMax: 4 })).not.toThrow();
    expect(() => decodeRlp(four, { itemsMax: 3 })).toThrow(
      expect.objectContaining({
        code: "RLP_INVALID",
        facts: expect.objectContaining({ reason: "too many items" }),
      }),
    );
  });

  it("RLP_INVALID, too many items: more than a million by default", () => {
    const items = (count: number) => encodeRlp(Array<Uint8Array>(count).fill(new Uint8Array(0)));
    expect(decodeRlp(items(2 ** 20 - 1))).toHaveLength(2 ** 20 - 1);
    expect(() => decodeRlp(items(2 ** 20))).toThrow(
      expect.objectContaining({
        code: "RLP_INVALID",
        facts: { reason: "too many items", itemsMax: 2 ** 20 },
      }),
    );
  });

  it("returns plain arrays of bytes for a Buffer", () => {
    expect(Buffer.isBuffer(decodeRlp(Buffer.from("820102", "hex")))).toBe(false);
  });
});

describe("RLP-2, RLP-3: RlpReader", () => {
  const reader = (input: readonly RlpInput[]) => openRlpList(encodeRlp(input), "test");
  const codeOf = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      if (isTrellisError(error)) return `${error.code}: ${error.facts.reason}`;
    }
    return "none";
  };

  it("reads typed fields in order", () => {
    const fields = reader([
      7,
      1n << 200n,
      `0x${"ab".repeat(20)}`,
      `0x${"cd".repeat(32)}`,
      [1],
      "0x",
      "0x0102",
    ]);
    expect(fields.readNumber("a")).toBe(7);
    expect(fields.readUint("b")).toBe(1n << 200n);
    expect(fields.readAddress("c")).toBe(`0x${"ab".repeat(20)}`);
    expect(fields.readHash("d")).toBe(`0x${"cd".repeat(32)}`);
    const inner = fields.readList("e");
    expect(fields.lastEncoding).toEqual(hexToBytes("0xc101"));
    expect(inner.readNumber("f")).toBe(1);
    inner.finish("e");
    expect(fields.readAddressOrNull("g")).toBe(null);
    expect(fields.readBytes("h")).toEqual(hexToBytes("0x0102"));
    fields.finish("test");
  });

  it("RLP_INVALID: missing field", () =>
    expect(codeOf(() => reader([]).readUint("x"))).toBe("RLP_INVALID: missing field"));
  it("RLP_INVALID: extra field", () =>
    expect(codeOf(() => reader([1]).finish("x"))).toBe("RLP_INVALID: extra field"));
  it("RLP_INVALID: trailing bytes", () =>
    expect(codeOf(() => openRlpList(hexToBytes("0xc000"), "x"))).toBe("RLP_INVALID: trailing bytes"));
  it("RLP_INVALID: unexpected kind", () => {
    expect(codeOf(() => reader([[]]).readUint("x"))).toBe("RLP_INVALID: unexpected kind");
    expect(codeOf(() => reader([1]).readList("x"))).toBe("RLP_INVALID: unexpected kind");
    expect(codeOf(() => openRlpList(hexToBytes("0x80"), "x"))).toBe("RLP_INVALID: unexpected kind");
  });
  it("RLP_INVALID: unexpected length", () => {
    expect(codeOf(() => reader(["0x01"]).readHash("x"))).toBe("RLP_INVALID: unexpected length");
    expect(codeOf(() => reader(["0x01"]).readAddress("x"))).toBe("RLP_INVALID: unexpected length");
    expect(codeOf(() => reader(["0x01"]).readAddressOrNull("x"))).toBe("RLP_INVALID: unexpected length");
    expect(codeOf(() => reader(["0x0102"]).readBytes("x", 1))).toBe("RLP_INVALID: unexpected length");
  });
  it("RLP_INVALID: integer too great", () => {
    expect(codeOf(() => reader([256]).readNumber("x", 255))).toBe("RLP_INVALID: integer too great");
    expect(codeOf(() => reader([2n ** 53n]).readNumber("x"))).toBe("RLP_INVALID: integer too great");
    expect(codeOf(() => reader([2n ** 64n]).readUint("x", 2n ** 64n - 1n))).toBe(
      "RLP_INVALID: integer too great",
    );
    expect(codeOf(() => reader([2n ** 256n]).readUint("x"))).toBe("RLP_INVALID: integer too great");
    expect(reader([Number.MAX_SAFE_INTEGER]).readNumber("x")).toBe(Number.MAX_SAFE_INTEGER);
  });
  it("accepts values exactly at a bound", () => {
    expect(reader(["0x0102"]).readBytes("x", 2)).toHaveLength(2);
    expect(reader([255]).readNumber("x", 255)).toBe(255);
    for (const value of [2n ** 48n - 1n, 2n ** 48n, 2n ** 53n + 1n, 2n ** 56n - 1n, 2n ** 256n - 1n]) {
      expect(reader([value]).readUint("x", value)).toBe(value);
    }
  });
  it("reads an empty integer before a zero byte, a large byte, an address or none, and long lengths", () => {
    expect(reader([0, "0x00"]).readUint("x")).toBe(0n);
    expect(reader([0x80]).readUint("x")).toBe(0x80n);
    expect(reader([`0x${"ab".repeat(20)}`]).readAddressOrNull("x")).toBe(`0x${"ab".repeat(20)}`);
    expect(reader([new Uint8Array(300)]).readBytes("x")).toHaveLength(300);
  });
  it("returns the kind of the next item, and whether one exists", () => {
    const fields = reader([[], "0x01"]);
    expect(fields.nextIsList("x")).toBe(true);
    fields.readList("x");
    expect(fields.nextIsList("x")).toBe(false);
    fields.readBytes("x");
    expect(codeOf(() => fields.nextIsList("x"))).toBe("RLP_INVALID: missing field");
  });
  it("returns no Buffer views", () => {
    const fields = openRlpList(Buffer.from("c3820102", "hex"), "test");
    expect(Buffer.isBuffer(fields.readBytes("x"))).toBe(false);
  });
  it("names in its errors the invalid field, the position and the problem", () => {
    const long = `0x${"01".repeat(40)}` as const;
    const refusals: [RlpInput[], (fields: RlpReader) => unknown, object][] = [
      [[], (fields) => fields.nextIsList("x"), { field: "x", offset: 1 }],
      [[], (fields) => fields.readBytes("x"), { field: "x", offset: 1 }],
      [[1], (fields) => fields.finish("x"), { list: "x", offset: 1 }],
      [[1], (fields) => fields.readList("x"), { field: "x", expected: "list", got: "bytes" }],
      [[[]], (fields) => fields.readBytes("x"), { field: "x", expected: "bytes", got: "list" }],
      [["0x0102"], (fields) => fields.readBytes("x", 1), { field: "x", got: 2, sizeMax: 1 }],
      [["0x0102"], (fields) => fields.readHash("x"), { field: "x", got: 2, expected: 32 }],
      [["0x0102"], (fields) => fields.readAddressOrNull("x"), { field: "x", got: 2, expected: "0 or 20" }],
      [[8], (fields) => fields.readUint("x", 7n), { field: "x", got: 8n, max: 7n }],
      [[long], (fields) => fields.readUint("x", 7n), { field: "x", bytes: 40, max: 7n }],
      [[8], (fields) => fields.readNumber("x", 7), { field: "x", bytes: 1, max: 7 }],
      [["0x0001"], (fields) => fields.readNumber("x"), { field: "x", offset: 1 }],
    ];
    for (const [input, read, facts] of refusals) {
      expect(() => read(reader(input))).toThrow(
        expect.objectContaining({ facts: expect.objectContaining(facts) }),
      );
    }
    const broken: [string, object][] = [
      ["0x8100", { field: "item", offset: 0 }],
      ["0xb9ff", { field: "item", offset: 1 }],
      ["0xb90038", { field: "item", offset: 1 }],
      ["0xb801ff", { field: "item", offset: 1 }],
      ["0xc3c0", { field: "item", offset: 0, size: 3, left: 1 }],
      ["0x", { size: 0 }],
      ["0x8000", { size: 2, read: 1 }],
    ];
    for (const [hex, facts] of broken) {
      expect(() => decodeHex(hex)).toThrow(
        expect.objectContaining({ facts: expect.objectContaining(facts) }),
      );
    }
    expect(() => openRlpList(hexToBytes("0xc000"), "x")).toThrow(
      expect.objectContaining({ facts: { reason: "trailing bytes", field: "x", size: 2, read: 1 } }),
    );
  });
  it("RLP_INVALID, not canonical: an integer with a leading zero", () => {
    expect(codeOf(() => reader(["0x00"]).readUint("x"))).toBe("RLP_INVALID: not canonical");
    expect(codeOf(() => reader(["0x0001"]).readNumber("x"))).toBe("RLP_INVALID: not canonical");
  });
  it("stays inside its list", () => {
    const list = new RlpReader(hexToBytes("0xc18101")).readList("x");
    expect(codeOf(() => list.readUint("y"))).toBe("RLP_INVALID: truncated");
  });
});
