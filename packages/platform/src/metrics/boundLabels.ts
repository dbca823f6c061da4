import type { Labels, LabelValues } from "@trellis/base";

const OTHER = "other";
const NO_LABELS: Labels = {};

/** Each value without a place becomes `other`, so that callers cannot create series without bound. */
export function boundLabels(
  bounds: Readonly<Record<string, LabelValues>>,
): (labels: Labels | undefined) => Labels {
  const known = Object.entries(bounds).map(([label, values]) => ({
    label,
    values: new Set(typeof values === "number" ? [] : values),
    valuesMax: typeof values === "number" ? values : values.length,
  }));
  return (labels = NO_LABELS) => {
    let bounded = labels;
    for (const { label, values, valuesMax } of known) {
      const value = labels[label];
      if (value === undefined || values.has(value)) continue;
      if (values.size < valuesMax) values.add(value);
      else bounded = { ...bounded, [label]: OTHER };
    }
    return bounded;
  };
}
