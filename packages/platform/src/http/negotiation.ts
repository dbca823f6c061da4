import { httpErrors } from "./errors.ts";

export const JSON_MEDIA_TYPE = "application/json";
const RANGES_MAX = 32;

/** The first of equal qualities wins. @throws NOT_ACCEPTABLE */
export function negotiate(
  accept: string | undefined,
  mediaType: string,
  others: readonly string[] = [],
): string {
  if (accept === undefined || accept.trim() === "") return mediaType;
  const ranges = accept.split(",", RANGES_MAX).map(parseRange);
  const rated = [mediaType, ...others].map((type) => ({
    type,
    quality: qualityOf(type.split(";")[0] ?? type, ranges),
  }));
  const best = rated.reduce((first, one) => (one.quality > first.quality ? one : first));
  if (best.quality > 0) return best.type;
  throw httpErrors.NOT_ACCEPTABLE({ offered: [mediaType, ...others].join(" ") });
}

/** The body must be UTF-8. @throws MEDIA_TYPE_UNSUPPORTED */
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

function qualityOf(wanted: string, ranges: readonly Range[]): number {
  const names = [wanted, `${wanted.split("/")[0]}/*`, "*/*"];
  const found = names.map((name) => ranges.filter(({ type }) => type === name));
  const deciding = found.find((named) => named.length > 0) ?? [];
  return Math.max(0, ...deciding.map(({ quality }) => quality));
}
