interface Limited {
  /** 0: no limit. */
  readonly limit: number;
  readonly remaining: number;
  readonly policy: string;
  readonly windowS: number;
}

const NONE: readonly string[] = [];

/** draft-ietf-httpapi-ratelimit-headers-10. */
export function rateFields(limited: Limited): readonly string[] {
  const { limit, policy, windowS } = limited;
  if (limit === 0) return NONE;
  return [
    "RateLimit-Policy",
    `"${policy}";q=${limit};w=${windowS}`,
    "RateLimit",
    `"${policy}";r=${limited.remaining};t=${windowS}`,
  ];
}
