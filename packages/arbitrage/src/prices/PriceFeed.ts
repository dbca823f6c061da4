import type { TokenAddress } from "../pools/Pool.ts";

export interface Quote {
  readonly token: TokenAddress;
  /** Wei per base unit. */
  readonly price: number;
  readonly atMs: number;
}

export interface PriceFeed {
  /** For errors: the URL may contain credentials. */
  readonly name: string;
  /** @throws PRICE_FEED_FAILED */
  quotes(): Promise<readonly Quote[]>;
}
