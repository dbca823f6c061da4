import { defineErrors } from "@trellis/base";

export const priceErrors = defineErrors({
  PRICE_FEED_FAILED: {
    message: "a price feed gives no prices",
    hint: "it counts as silent, and trades are refused when too few feeds are left: look at the feed",
    consequence: "retry",
  },
});
