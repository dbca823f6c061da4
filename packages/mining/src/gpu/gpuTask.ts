export const GPU_ALGORITHMS = ["heavy", "blake3"] as const;
export type GpuAlgorithm = (typeof GPU_ALGORITHMS)[number];

/** What a GPU hashes for one seal root. */
export interface GpuWork {
  readonly algorithm: GpuAlgorithm;
  /** The shader's `work`, at most 64 words. */
  readonly words: Int32Array;
  /** 4096 bytes, empty if the algorithm has no matrix. */
  readonly matrix: Uint8Array;
}

/** Nonces first + index · stride, modulo 2^64. */
export interface GpuRow {
  /** 32 bytes little-endian. */
  readonly target: Uint8Array;
  readonly first: bigint;
  readonly stride: bigint;
  /** At most `GPU_COUNT_MAX`. */
  readonly count: number;
}

export interface GpuTask extends GpuRow {
  readonly work: GpuWork;
}

export interface GpuSearched {
  /** Of the first nonce whose hash is at most the target. */
  readonly index: number | undefined;
  /** Without the time that the task waited. */
  readonly tookMs: number;
}

export type GpuAnswer =
  | { readonly kind: "ready"; readonly adapter: string }
  | ({ readonly kind: "searched" } & GpuSearched)
  | { readonly kind: "failed"; readonly reason: string };

export const GPU_COUNT_MAX = 2 ** 30;
