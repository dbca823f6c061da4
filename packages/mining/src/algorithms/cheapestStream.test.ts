import { devParameters } from "@trellis/protocol";
import { expect, it } from "vitest";
import { cheapestStream } from "./cheapestStream.ts";

it("counts the hashes of a block, and their preparation", () => {
  const { streams } = devParameters({ accounts: [] });
  const nameOf = (index: number) => streams[index]!.name;
  expect(nameOf(cheapestStream(streams))).toBe("blake3");
  const hard = streams.map((stream) => ({ ...stream, genesisBits: 0x1d00ffff }));
  const mixed = streams.map((stream, index) => (nameOf(index) === "blake3" ? hard[index]! : stream));
  expect(nameOf(cheapestStream(mixed))).toBe("heavy");
});
