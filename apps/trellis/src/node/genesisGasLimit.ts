import { wholeNumber } from "@trellis/platform/config";
import { GAS_LIMIT_MAX } from "@trellis/protocol";

const GAS_LIMIT_MIN = 100_000;
export const GAS_LIMIT_DEFAULT = 30_000_000;

export const gasLimit = wholeNumber(GAS_LIMIT_MIN, Number(GAS_LIMIT_MAX));
