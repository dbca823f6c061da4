import { httpErrors } from "./errors.ts";

export const JSON_MEDIA_TYPE = "application/json";
export const PROTOBUF_MEDIA_TYPE = "application/protobuf";
const PROTOBUF_ALIASES = new Set([
  PROTOBUF_MEDIA_TYPE,
  "application/x-protobuf",
  "application/vnd.google.protobuf",
]);

export type Encoding = "json" | "protobuf";

const RANGES_MAX = 32;

/**
 * Which encoding the answer has (RFC 9110 section 12.5.1): the accepted one of the highest quality, JSON of equals.
 * @throws NOT_ACCEPTABLE
 */
export function negotiate(accept: string | undefined): Encoding {
  if (accept === undefined || accept.trim() === "") return "json";
  const ranges = accept.split(",", RANGES_MAX).map(parseRange);
  const json = qualityOf([JSON_MEDIA_TYPE], ranges);
  const protobuf = qualityOf([...PROTOBUF_ALIASES], ranges);
  if (json <= 0 && protobuf <= 0) {
    throw httpErrors.NOT_ACCEPTABLE({ offered: `${JSON_MEDIA_TYPE} ${PROTOBUF_MEDIA_TYPE}` });
  }
  return protobuf > json ? "protobuf" : "json";
}

/**
 * Which form a document has: the accepted one of the highest quality, the first of equals.
 * @throws NOT_ACCEPTABLE
 */
export function negotiateDocument(
  accept: string | undefined,
  mediaType: string,
  others: readonly string[] = [],
): string {
  if (accept === undefined || accept.trim() === "") return mediaType;
  const ranges = accept.split(",", RANGES_MAX).map(parseRange);
  const rated = [mediaType, ...others].map((type) => ({
    type,
    quality: qualityOf([type.split(";")[0] ?? type], ranges),
  }));
  const best = rated.reduce((first, one) => (one.quality > first.quality ? one : first));
  if (best.quality > 0) return best.type;
  throw httpErrors.NOT_ACCEPTABLE({ offered: [mediaType, ...others].join(" ") });
}

/**
 * The encoding of a body by its Content-Type.
 * @throws MEDIA_TYPE_UNSUPPORTED
 */
export function encodingOf(contentType: string | undefined): Encoding {
  const [type = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const isOtherCharset = parameters.some((text) => /^\s*charset=(?!"?utf-8"?\s*$)/.test(text));
  if (!isOtherCharset && type.trim() === JSON_MEDIA_TYPE) return "json";
  if (PROTOBUF_ALIASES.has(type.trim())) return "protobuf";
  throw httpErrors.MEDIA_TYPE_UNSUPPORTED({ got: contentType?.slice(0, 80) });
}

/** @throws MEDIA_TYPE_UNSUPPORTED unless a body is of this type, in UTF-8 */
export function requireMediaType(contentType: string | undefined, mediaType: string): void {
  const [type = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const isOtherCharset = parameters.some((text) => /^\s*charset=(?!"?utf-8"?\s*$)/.test(text));
  if (isOtherCharset || type.trim() !== mediaType) {
    throw httpErrors.MEDIA_TYPE_UNSUPPORTED({ got: contentType?.slice(0, 80) });
  }
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [type = "", ...parameters] = text.toLowerCase().split(";");
  const weight = parameters.map((parameter) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(parameter)?.[1]);
  const quality = Number(weight.find((value) => value !== undefined) ?? 1);
  return { type: type.trim(), quality: Math.min(1, quality) };
}

/** The most specific range that names one of the types decides. */
function qualityOf(types: readonly string[], ranges: readonly Range[]): number {
  const major = `${types[0]?.split("/")[0]}/*`;
  const exact = ranges.filter(({ type }) => types.includes(type));
  const partial = ranges.filter(({ type }) => type === major);
  const any = ranges.filter(({ type }) => type === "*/*");
  const deciding = [exact, partial, any].find((found) => found.length > 0) ?? [];
  return Math.max(0, ...deciding.map(({ quality }) => quality));
}
