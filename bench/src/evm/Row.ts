/** One program or kind of transaction, on the three engines. */
export interface Row {
  readonly name: string;
  readonly kind: "compute" | "transactions";
  /** Of one run of the program, or of one transaction. */
  readonly gas: number;
  /** Medians over the rounds. */
  readonly mgasPerSecond: { readonly trellis: number; readonly anvil: number; readonly ethereumjs: number };
  /** Ours divided by theirs. */
  readonly ratio: { readonly anvil: number; readonly ethereumjs: number };
}

export function rowOf(
  name: string,
  kind: Row["kind"],
  gas: number,
  mgasPerSecond: Row["mgasPerSecond"],
): Row {
  const { trellis, anvil, ethereumjs } = mgasPerSecond;
  return {
    name,
    kind,
    gas,
    mgasPerSecond,
    ratio: { anvil: trellis / anvil, ethereumjs: trellis / ethereumjs },
  };
}
