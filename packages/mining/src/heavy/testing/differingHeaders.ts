import { heavyMatrix } from "../heavyMatrix.ts";
import { createHeavySearch } from "../heavySearch.ts";
import { createHeavyHasher } from "../kHeavyHash.ts";
import { randomHeader } from "./randomHeader.ts";

/** The nonces with this distance are a circle, modulo 2^64. */
const QUARTER = 2n ** 62n;

/** Of the first random headers, those for which vectors and plain code disagree about four nonces in any order. */
export function differingHeaders(count: number): number[] {
  const differing: number[] = [];
  for (let header = 0; header < count; header++) {
    const { prePowHash, timestamp, nonce } = randomHeader(header);
    const matrix = heavyMatrix(prePowHash);
    const hasher = createHeavyHasher(prePowHash, timestamp, matrix);
    const tops = [0n, 1n, 2n, 3n].map((index) => {
      const each = BigInt.asUintN(64, nonce + index * QUARTER);
      const digest = hasher(Number(each & 0xffff_ffffn), Number(each >> 32n));
      return new DataView(digest.buffer).getBigUint64(24, true);
    });
    const search = createHeavySearch(prePowHash, timestamp, matrix, hasher);
    const isEqual = [0, 1, 2, 3].every((turn) => {
      const first = BigInt.asUintN(64, nonce + BigInt(turn) * QUARTER);
      const turned = [...tops.slice(turn), ...tops.slice(0, turn)];
      return turned.every((top) => {
        const found = turned.findIndex((other) => other <= top);
        const below = turned.findIndex((other) => other < top);
        const searched = [top, top - 1n].map((limit) => search?.(first, QUARTER, 4, limit));
        return searched[0] === found && searched[1] === (below === -1 ? 4 : below);
      });
    });
    if (!isEqual) differing.push(header);
  }
  return differing;
}
