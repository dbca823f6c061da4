import { baseErrors } from "@trellis/base";

const KEY = /^[\x21-\x7e]{1,256}$/;

export function checkKey(key: string): string {
  if (!KEY.test(key))
    throw baseErrors.ARGUMENT_INVALID({
      rule: "a cache key is 1 to 256 printable ASCII characters without spaces",
      length: key.length,
    });
  return key;
}

export function checkLifetime(lifetimeMs: number): number {
  if (!Number.isSafeInteger(lifetimeMs) || lifetimeMs < 1)
    throw baseErrors.ARGUMENT_INVALID({ rule: "a lifetime is at least a millisecond", lifetimeMs });
  return lifetimeMs;
}
