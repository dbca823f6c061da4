import type { JsonFields } from "./JsonFields.ts";
import { SIGNING_STEPS, type SigningPosition } from "./SigningWatermark.ts";

/** Limit of the message encoding. [FINAL-3] */
export const ROUND_MAX = 2 ** 32 - 1;

export function positionToJson({ epoch, height, round, step, value }: SigningPosition) {
  return { ...(epoch === undefined ? {} : { epoch }), height, round, step, value: value ?? null };
}

export function readPosition(fields: JsonFields): SigningPosition {
  const epoch = fields.has("epoch") ? { epoch: fields.integer("epoch", 0) } : {};
  return {
    ...epoch,
    height: fields.integer("height", 0),
    round: fields.integer("round", 0, ROUND_MAX),
    step: fields.oneOf("step", SIGNING_STEPS),
    value: fields.hashOrNull("value"),
  };
}
