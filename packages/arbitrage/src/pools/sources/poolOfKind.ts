import { poolErrors } from "../errors.ts";
import type { Pool } from "../Pool.ts";

export function poolOfKind<T extends Pool>(pool: Pool, kind: abstract new (...args: never[]) => T): T {
  if (pool instanceof kind) return pool;
  throw poolErrors.POOL_INVALID({ pool: pool.address, kind: pool.kind, expected: kind.name });
}
