import type { Hex } from "viem";
import { AddressLink, Fact, Facts } from "../../ui/primitives.tsx";
import type { DecodedArgument } from "./knownFunctions.ts";

export function Arguments({ args }: { readonly args: readonly DecodedArgument[] }) {
  return (
    <Facts>
      {args.map(({ name, type, value }) => (
        <Fact key={name} name={`${name} (${type})`}>
          {type === "address" ? <AddressLink address={value as Hex} isWhole /> : <code>{value}</code>}
        </Fact>
      ))}
    </Facts>
  );
}
