import { liabilitiesErrors } from "../errors.ts";
import { GROUP_RECORDS } from "./layout.ts";
import { decodeHeader, HEADER_START_SIZE, headerSize, type TreeHeader } from "./TreeHeader.ts";
import type { TreeImage } from "./TreeImage.ts";

export type ImageSource = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface ImageReader {
  readonly header: TreeHeader;
  fill(image: TreeImage): Promise<void>;
}

export async function openImage(source: ImageSource): Promise<ImageReader> {
  const take = createTaker(source);
  const start = await take(HEADER_START_SIZE);
  const rest = await take(headerSize(start) - HEADER_START_SIZE);
  const bytes = new Uint8Array(start.length + rest.length);
  bytes.set(start);
  bytes.set(rest, start.length);
  const header = decodeHeader(bytes);
  return {
    header,
    async fill(image) {
      const { leafCount, branchCount } = header;
      const groups: Uint8Array[] = [];
      while (groups.length * GROUP_RECORDS < Math.max(leafCount, branchCount)) {
        groups.push(await take(image.groupSize));
      }
      if (leafCount === 0 || (await take.isMore())) {
        throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "length" });
      }
      image.restore(groups, leafCount, branchCount);
    },
  };
}

interface Taker {
  (size: number): Promise<Uint8Array>;
  isMore(): Promise<boolean>;
}

function createTaker(source: ImageSource): Taker {
  const chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let chunk = new Uint8Array(0);
  async function refill(): Promise<boolean> {
    while (chunk.length === 0) {
      const next = await chunks.next();
      if (next.done === true) return false;
      chunk = next.value as Uint8Array<ArrayBuffer>;
    }
    return true;
  }
  async function take(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    for (let filled = 0; filled < size; ) {
      if (!(await refill()))
        throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "length", missing: size - filled });
      const part = chunk.subarray(0, size - filled);
      bytes.set(part, filled);
      filled += part.length;
      chunk = chunk.subarray(part.length);
    }
    return bytes;
  }
  return Object.assign(take, { isMore: refill });
}
