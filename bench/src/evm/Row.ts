export interface Row {
  readonly name: string;
  readonly kind: "compute" | "transactions";
  readonly gas: number;
  readonly mgasPerSecond: { readonly trellis: number; readonly anvil: number; readonly ethereumjs: number };
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
