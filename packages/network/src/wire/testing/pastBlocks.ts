import type { Header, PastBlock } from "@trellis/protocol";
import fc from "fast-check";

export function pastBlocks(headers: readonly Header[]): fc.Arbitrary<PastBlock[]> {
  const place = fc.record({
    daaCounts: fc.array(fc.nat({ max: 2 ** 40 }), { maxLength: 4 }),
    bitsOfStreams: fc.array(fc.nat({ max: 0xffffffff }), { maxLength: 4 }),
    blues: fc.array(fc.nat({ max: 512 }), { maxLength: 6 }),
  });
  const block = fc.record({
    header: fc.constantFrom(...headers),
    place: fc.option(place, { nil: undefined }),
  });
  return fc.array(block, { maxLength: 6 });
}
