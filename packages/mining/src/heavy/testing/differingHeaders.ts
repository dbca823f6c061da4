import { heavyMatrix } from "../heavyMatrix.ts";
import { createHeavySearch } from "../heavySearch.ts";
import { createHeavyHasher } from "../kHeavyHash.ts";
import { randomHeader } from "./randomHeader.ts";

/** Of the first random headers, those for which vectors and plain code disagree about four nonces. */
export function differingHeaders(count: number): number[] {
  const differing: number[] = [];
  for (let header = 0; header < count; header++) {
    const { prePowHash, timestamp, nonce } = randomHeader(header);
    const matrix = heavyMatrix(prePowHash);
    const hasher = createHeavyHasher(prePowHash, timestamp, matrix);
    const tops = [0n, 1n, 2n, 3n].map((index) => {
      const each = BigInt.asUintN(64, nonce + index);
      const digest = hasher(Number(each & 0xffff_ffffn), Number(each >> 32n));
      return new DataView(digest.buffer).getBigUint64(24, true);
    });
    const search = createHeavySearch(prePowHash, timestamp, matrix, hasher);
    const isEqual = tops.every((top) => {
      const found = tops.findIndex((other) => other <= top);
      const fewer = tops.findIndex((other) => other < top);
      return (
        search(nonce, 1n, 4, top) === found && search(nonce, 1n, 4, top - 1n) === (fewer === -1 ? 4 : fewer)
      );
    });
    if (!isEqual) differing.push(header);
  }
  return differing;
}
