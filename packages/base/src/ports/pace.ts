/** Lets computations yield the thread. */
export interface Pace {
  /** The thread has run long enough. */
  isDue(): boolean;
  /** Resolves after other work had its turn. */
  pause(): Promise<void>;
  /** Processor time of this thread. */
  processorMs(): number;
}
