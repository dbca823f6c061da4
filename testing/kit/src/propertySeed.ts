import fc from "fast-check";

/** TRELLIS_PROPERTY_SEED sets another seed, or "random". */
const seed = process.env.TRELLIS_PROPERTY_SEED ?? "1";
if (seed !== "random") {
  if (!/^-?\d+$/.test(seed))
    throw new Error(`TRELLIS_PROPERTY_SEED is ${seed}, neither a whole number nor "random"`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
}
