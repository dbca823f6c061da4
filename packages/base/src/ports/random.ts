/** A source of random bytes: the operating system's in production, seeded in the simulator. */
export interface Random {
  bytes(count: number): Uint8Array;
}
