import { nearest } from "@trellis/platform/config";
import { trellisErrors } from "../errors.ts";

export type Actions<A extends string> = Readonly<Record<A, { readonly min: number; readonly max: number }>>;

export function chosenAction<A extends string>(
  actions: Actions<A>,
  operands: readonly string[],
): { readonly action: A; readonly rest: readonly string[] } {
  const [name, ...rest] = operands;
  const names = Object.keys(actions);
  if (name === undefined) throw trellisErrors.USAGE_INVALID({ needed: "ACTION", actions: names.join(" ") });
  if (!Object.hasOwn(actions, name)) {
    const didYouMean = nearest(name, names);
    const got = name.slice(0, 80);
    throw trellisErrors.USAGE_INVALID({ kind: "action", got, didYouMean, actions: names.join(" ") });
  }
  const action = name as A;
  const { min, max } = actions[action];
  if (rest.length < min) throw trellisErrors.USAGE_INVALID({ action, needed: min, got: rest.length });
  if (rest.length > max) throw trellisErrors.USAGE_INVALID({ got: rest[max]?.slice(0, 80) });
  return { action, rest };
}
