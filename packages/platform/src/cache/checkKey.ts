import { cacheErrors } from "./errors.ts";

const KEY = /^[\x21-\x7e]{1,256}$/;

/** @throws CACHE_KEY_INVALID */
export function checkKey(key: string): string {
  if (!KEY.test(key)) throw cacheErrors.CACHE_KEY_INVALID({ length: key.length });
  return key;
}

/** @throws CACHE_KEY_INVALID */
export function checkLifetime(lifetimeMs: number): number {
  if (!Number.isSafeInteger(lifetimeMs) || lifetimeMs < 1)
    throw cacheErrors.CACHE_KEY_INVALID({ lifetimeMs });
  return lifetimeMs;
}
