export interface FileLine {
  readonly number: number;
  /** Undefined if not UTF-8 or longer than `sizeMax`. */
  readonly text: string | undefined;
  readonly size: number;
  readonly endOffset: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Keeps only the length of oversized lines.
 * @param from byte offset where a line starts, and number of lines before the offset
 */
export async function* fileLines(
  chunks: AsyncIterable<Uint8Array>,
  sizeMax: number,
  from: { readonly offset: number; readonly number: number },
): AsyncGenerator<FileLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let { offset, number } = from;
  let kept: Uint8Array[] = [];
  let size = 0;
  const end = (ending: number): FileLine => {
    number += 1;
    offset += size + ending;
    const line = {
      number,
      text: size > sizeMax ? undefined : decode(decoder, kept),
      size,
      endOffset: offset,
    };
    kept = [];
    size = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, start)) {
      size += feed - start;
      if (size <= sizeMax) kept.push(chunk.subarray(start, feed));
      yield end(1);
      start = feed + 1;
    }
    size += chunk.length - start;
    if (size <= sizeMax) kept.push(chunk.slice(start));
  }
  if (size > 0) yield end(0);
}

function decode(decoder: TextDecoder, parts: readonly Uint8Array[]): string | undefined {
  let bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  if (bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A single-line record of RFC 4180, section 2. */
export function csvFields(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(",");
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/.exec(rest);
    if (match === null) return undefined;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") return fields;
    rest = rest.slice(match[0].length);
  }
}
