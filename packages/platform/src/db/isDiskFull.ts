const CODES: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);
/** WASI error numbers of `nospc` and `dquot`, from the embedded database. */
const WASI_NUMBERS: ReadonlySet<unknown> = new Set([51, 19]);

export function isDiskFull(error: unknown): boolean {
  for (let cause = error; typeof cause === "object" && cause !== null; cause = (cause as Error).cause) {
    const { code, name, errno } = cause as { code?: unknown; name?: unknown; errno?: unknown };
    if (CODES.has(code) || (name === "ErrnoError" && WASI_NUMBERS.has(errno))) return true;
  }
  return false;
}
