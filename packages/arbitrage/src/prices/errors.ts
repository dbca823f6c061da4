import { defineErrors } from "@trellis/base";

export const priceErrors = defineErrors({
  PRICE_FEED_FAILED: {
    message: "price feed returned no prices",
    hint: "check the feed: trades are refused when too few feeds remain",
    consequence: "retry",
  },
});
