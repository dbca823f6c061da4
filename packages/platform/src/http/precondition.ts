import { httpErrors } from "./errors.ts";

/** Strong entity tag. */
export function versionTag(version: string | number): string {
  return `"${version}"`;
}

/** RFC 9110, section 13.1.1. @throws PRECONDITION_FAILED */
export function requireVersion(ifMatch: string | undefined, version: string | number): void {
  if (ifMatch === undefined || ifMatch.trim() === "*") return;
  const isCurrent = ifMatch.split(",").some((tag) => tag.trim() === versionTag(version));
  if (!isCurrent) throw httpErrors.PRECONDITION_FAILED({ current: version });
}
