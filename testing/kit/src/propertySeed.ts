import fc from "fast-check";

/**
 * Before every test file: properties are tried on the same values in every run, so that a run judges the change
 * and not its luck. TRELLIS_PROPERTY_SEED names other values, or is "random" to look for what nobody thought of.
 */
const seed = process.env.TRELLIS_PROPERTY_SEED ?? "1";
if (seed !== "random") {
  if (!/^-?\d+$/.test(seed))
    throw new Error(`TRELLIS_PROPERTY_SEED is ${seed}, neither a whole number nor "random"`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
}
