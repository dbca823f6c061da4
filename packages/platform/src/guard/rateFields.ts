interface Limited {
  /** 0: none. */
  readonly limit: number;
  readonly remaining: number;
  readonly policy: string;
  readonly windowS: number;
}

/** Names and values of `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). */
export function rateFields(limited: Limited): string[] {
  const { limit, policy, windowS } = limited;
  if (limit === 0) return [];
  return [
    "RateLimit-Policy",
    `"${policy}";q=${limit};w=${windowS}`,
    "RateLimit",
    `"${policy}";r=${limited.remaining};t=${windowS}`,
  ];
}
