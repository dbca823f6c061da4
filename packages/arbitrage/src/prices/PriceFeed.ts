import type { TokenAddress } from "../pools/Pool.ts";

/** What somebody outside says that a token is worth. */
export interface Quote {
  readonly token: TokenAddress;
  /** Wei of the chain's coin for a base unit. */
  readonly price: number;
  /** When it was true. */
  readonly atMs: number;
}

/** Port: a source of prices outside of the pools. */
export interface PriceFeed {
  /** Tells feeds apart in reasons: never the address, which may hold a credential. */
  readonly name: string;
  /** @throws PRICE_FEED_FAILED */
  quotes(): Promise<readonly Quote[]>;
}
