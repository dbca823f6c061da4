/** Takes 16 vectors of message words into 8 of state. Written out by tools/src/assembly/unrollSha256.ts. */
export declare function compress(state: usize, block: usize): void;
